import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.*;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;
import org.hl7.fhir.r4.model.*;

/**
 * HAPI's RestfulServer as a plain server at /fhir: takes $process-message, transactions and Patients, and prints a line for each:
 * how it came, the Bundle's type, its identifier, the number of entries. Prints `ready` first. Arguments: port. Ends with its input.
 */
public class FhirServer {
  private static final FhirContext context = FhirContext.forR4Cached();
  private static final AtomicInteger ids = new AtomicInteger();

  private static synchronized void say(String how, Bundle what) {
    System.out.println(how + " " + what.getType().toCode() + " " + what.getIdentifier().getValue() + " " + what.getEntry().size());
  }

  public static class System_ {
    @Operation(name = "$process-message", manualRequest = true)
    public Bundle message(HttpServletRequest request) throws java.io.IOException {
      var received = context.newJsonParser().parseResource(Bundle.class, request.getReader());
      say("process-message", received);
      var asked = (MessageHeader) received.getEntryFirstRep().getResource();
      var header = new MessageHeader();
      header.setEvent(asked.getEvent());
      header.getSource().setEndpoint("urn:example:hapi-server");
      header.getResponse().setIdentifier(asked.getIdElement().getIdPart()).setCode(MessageHeader.ResponseType.OK);
      var answer = new Bundle().setType(Bundle.BundleType.MESSAGE).setTimestamp(new Date());
      answer.addEntry().setFullUrl(IdType.newRandomUuid().getValue()).setResource(header);
      return answer;
    }

    @Transaction
    public Bundle transaction(@TransactionParam Bundle received) {
      say("transaction", received);
      var answer = new Bundle().setType(Bundle.BundleType.TRANSACTIONRESPONSE);
      for (int i = 0; i < received.getEntry().size(); i++) answer.addEntry().getResponse().setStatus("201 Created");
      return answer;
    }
  }

  public static class Patients implements IResourceProvider {
    public Class<Patient> getResourceType() { return Patient.class; }

    @Create
    public MethodOutcome create(@ResourceParam Patient patient) {
      System.out.println("create Patient " + patient.getIdentifierFirstRep().getValue());
      return new MethodOutcome(new IdType("Patient", "" + ids.incrementAndGet()), true);
    }

    @Update
    public MethodOutcome update(@IdParam IdType id, @ResourceParam Patient patient) {
      System.out.println("update Patient " + id.getIdPart());
      return new MethodOutcome(id, false);
    }
  }

  public static void main(String[] args) throws Exception {
    var fhir = new RestfulServer(context);
    fhir.registerProviders(new System_(), new Patients());
    Serving.untilInputEnds(fhir, Integer.parseInt(args[0]));
  }
}
