import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import org.hl7.fhir.r4.model.*;

/**
 * HAPI FHIR's client against a FHIR listener: metadata, create, update, transaction, $process-message, and a message that must be
 * refused; every answer is read as the client's own type. Arguments: the base URL. Exit: 0 every answer was the right one.
 */
public class FhirClient {
  private static boolean right = true;

  private static void expect(String what, Object wanted, Object got) {
    boolean same = String.valueOf(wanted).equals(String.valueOf(got));
    System.out.println((same ? "ok      " : "WRONG   ") + what + ": " + got + (same ? "" : ", expected " + wanted));
    right &= same;
  }

  private static Patient patient() {
    var patient = new Patient();
    patient.addIdentifier().setSystem("https://fhir.nhs.uk/Id/nhs-number").setValue("9994049488");
    patient.addName().setFamily("Testpatient").addGiven("Hazel");
    return patient;
  }

  private static Bundle message(String id) {
    var header = new MessageHeader();
    header.setId("header-" + id);
    header.setEvent(new Coding("http://terminology.hl7.org/CodeSystem/v2-0003", "A01", null));
    header.getSource().setName("HAPI").setEndpoint("urn:example:hapi");
    header.addFocus(new Reference("Patient/p1"));
    var bundle = new Bundle().setType(Bundle.BundleType.MESSAGE);
    bundle.getIdentifier().setSystem("urn:example:message").setValue(id);
    bundle.setTimestamp(new java.util.Date());
    bundle.addEntry().setFullUrl("urn:uuid:8d6ff1ba-3cb4-4c4b-9d31-4b2d9c5b0a01").setResource(header);
    var who = patient();
    who.setId("p1");
    bundle.addEntry().setFullUrl("urn:uuid:8d6ff1ba-3cb4-4c4b-9d31-4b2d9c5b0a02").setResource(who);
    return bundle;
  }

  private static void create(IGenericClient client) {
    var outcome = client.create().resource(patient()).execute();
    expect("create is answered", 202, outcome.getResponseStatusCode());
    var updated = patient();
    updated.setId("Patient/p7");
    expect("update is answered", 202, client.update().resource(updated).execute().getResponseStatusCode());
  }

  private static void transaction(IGenericClient client) {
    var bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    for (String url : new String[] {"Patient", "Patient"})
      bundle.addEntry().setFullUrl(IdType.newRandomUuid().getValue()).setResource(patient()).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl(url);
    var answer = client.transaction().withBundle(bundle).execute();
    expect("transaction is answered by a Bundle", Bundle.BundleType.TRANSACTIONRESPONSE, answer.getType());
    expect("with an entry for each", 2, answer.getEntry().size());
    for (var entry : answer.getEntry()) expect("entry", "202 Accepted", entry.getResponse().getStatus());
  }

  private static void processMessage(IGenericClient client) {
    var sent = message("hapi-1");
    Bundle answer = client.operation().processMessage().setMessageBundle(sent).synchronous(Bundle.class).execute();
    expect("$process-message is answered by a Bundle", Bundle.BundleType.MESSAGE, answer.getType());
    var header = (MessageHeader) answer.getEntryFirstRep().getResource();
    expect("its response says", MessageHeader.ResponseType.OK, header.getResponse().getCode());
    expect("and names the message", "header-hapi-1", header.getResponse().getIdentifier());
    Bundle again = client.operation().processMessage().setMessageBundle(sent).synchronous(Bundle.class).execute();
    var json = FhirContext.forR4Cached().newJsonParser();
    expect("sent again, the first answer comes again", json.encodeResourceToString(answer), json.encodeResourceToString(again));
  }

  private static void refused(IGenericClient client) {
    try {
      client.transaction().withBundle(new Bundle().setType(Bundle.BundleType.HISTORY)).execute();
      expect("a history Bundle is refused", "an error", "none");
    } catch (BaseServerResponseException error) {
      expect("a history Bundle is refused", 4, error.getStatusCode() / 100);
      expect("with an OperationOutcome", "OperationOutcome",
          error.getOperationOutcome() == null ? "none" : error.getOperationOutcome().fhirType());
    }
  }

  public static void main(String[] args) {
    var context = FhirContext.forR4Cached();
    context.getRestfulClientFactory().setSocketTimeout(20_000);
    var client = context.newRestfulGenericClient(args[0]);
    client.setEncoding(ca.uhn.fhir.rest.api.EncodingEnum.JSON);
    var capability = client.capabilities().ofType(CapabilityStatement.class).execute();
    expect("metadata says", "4.0.1", capability.getFhirVersion().toCode());
    create(client);
    transaction(client);
    processMessage(client);
    refused(client);
    System.exit(right ? 0 : 1);
  }
}
