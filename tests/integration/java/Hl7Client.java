import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * HAPI HL7v2's client: sends message files over one connection and prints a line for each: control id, MSA-1, MSA-2, ERR-3.1.
 * Arguments: port, `plain` or `tls` (keys and trust as system properties), files. Exit: 0 each was answered with its own id.
 */
public class Hl7Client {
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    boolean tls = args[1].equals("tls");
    boolean own = true;
    try (var context = new DefaultHapiContext()) {
      context.getParserConfiguration().setIdGenerator(new ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator());  // not in a file
      context.setValidationContext(ValidationContextFactory.noValidation());  // it takes US phone numbers only
      var connection = context.newClient("127.0.0.1", port, tls);
      connection.getInitiator().setTimeout(20, java.util.concurrent.TimeUnit.SECONDS);
      for (String file : Arrays.asList(args).subList(2, args.length)) {
        var message = context.getPipeParser().parse(Files.readString(Path.of(file), StandardCharsets.UTF_8));
        String id = new Terser(message).get("/MSH-10");
        var answer = new Terser(connection.getInitiator().sendAndReceive(message));
        System.out.println(id + " " + answer.get("/MSA-1") + " " + answer.get("/MSA-2") + " " + error(answer));
        own &= id.equals(answer.get("/MSA-2"));
      }
      connection.close();
    }
    System.exit(own ? 0 : 1);
  }

  private static String error(Terser answer) {
    try {
      return String.valueOf(answer.get("/ERR-3-1"));
    } catch (Exception none) {
      return "-";
    }
  }
}
