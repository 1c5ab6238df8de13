import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.llp.MinLowerLayerProtocol;
import ca.uhn.hl7v2.model.GenericMessage;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * HAPI HL7v2's MLLP and parser in enhanced mode: sends message files over one connection and prints, for each, both acknowledgments that
 * come: control id, then MSA-1, MSA-2, MSH-9.1 and the class that HAPI parsed each into. HAPI's own client hands out one answer a message.
 * Arguments: port, files.
 */
public class Hl7Enhanced {
  public static void main(String[] args) throws Exception {
    try (var context = new DefaultHapiContext(); var socket = new Socket("127.0.0.1", Integer.parseInt(args[0]))) {
      socket.setSoTimeout(20_000);
      context.setValidationContext(ValidationContextFactory.noValidation());
      var protocol = new MinLowerLayerProtocol();
      var writer = protocol.getWriter(socket.getOutputStream());
      var reader = protocol.getReader(socket.getInputStream());
      for (String file : Arrays.asList(args).subList(1, args.length)) {
        var message = context.getPipeParser().parse(Files.readString(Path.of(file), StandardCharsets.UTF_8));
        writer.writeMessage(context.getPipeParser().encode(message));
        var line = new StringBuilder(new Terser(message).get("/MSH-10"));
        for (int answers = 0; answers < 2; answers++) {
          var answer = context.getPipeParser().parse(reader.getMessage());
          var of = new Terser(answer);
          line.append(" ").append(of.get("/MSA-1")).append(" ").append(of.get("/MSA-2")).append(" ").append(of.get("/MSH-9-1"));
          if (answer instanceof GenericMessage) line.append(" UNKNOWN");
        }
        System.out.println(line);
      }
    }
  }
}
