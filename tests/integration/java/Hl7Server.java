import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.util.Map;

/**
 * HAPI HL7v2's server: acknowledges what it receives and prints a line for each: MSH-10, MSH-9.1, MSH-9.2, MSH-5, the class it
 * was parsed into. Prints `ready` first. Arguments: port, `plain` or `tls`, and how many messages it ends after.
 */
public class Hl7Server {
  public static void main(String[] args) throws Exception {
    var left = new java.util.concurrent.CountDownLatch(Integer.parseInt(args[2]));
    var context = new DefaultHapiContext();
    context.getParserConfiguration().setIdGenerator(new ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator());  // not in a file
    context.setValidationContext(ValidationContextFactory.noValidation());  // it takes US phone numbers only
    var server = context.newServer(Integer.parseInt(args[0]), args[1].equals("tls"));
    server.registerApplication(new ReceivingApplication<Message>() {
      public boolean canProcess(Message message) { return true; }

      public Message processMessage(Message message, Map<String, Object> about) {
        try {
          var of = new Terser(message);
          System.out.println(of.get("/MSH-10") + " " + of.get("/MSH-9-1") + " " + of.get("/MSH-9-2") + " " + of.get("/MSH-5") + " "
              + message.getClass().getSimpleName());
          var answer = message.generateACK();
          left.countDown();
          return answer;
        } catch (Exception error) {
          throw new RuntimeException(error);
        }
      }
    });
    server.startAndWait();
    System.out.println("ready");
    boolean all = left.await(120, java.util.concurrent.TimeUnit.SECONDS);
    server.stopAndWait();
    context.close();
    System.exit(all ? 0 : 1);
  }
}
