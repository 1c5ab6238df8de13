import io.github.linuxforhealth.hl7.ConverterOptions;
import io.github.linuxforhealth.hl7.HL7ToFHIRConverter;
import java.nio.charset.StandardCharsets;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;

/**
 * What a hospital would build instead: MLLP in, LinuxForHealth's conversion to FHIR R4, Kafka with acks=all, then the
 * acknowledgment. Prints `ready` when it listens. Arguments: MLLP port, Kafka's address.
 */
public class CamelRoute extends RouteBuilder {
  private final HL7ToFHIRConverter converter = new HL7ToFHIRConverter();
  private final ConverterOptions options = new ConverterOptions.Builder().build();
  private final String port;
  private final String servers;

  CamelRoute(String port, String servers) {
    this.port = port;
    this.servers = servers;
  }

  @Override
  public void configure() {
    from("mllp://127.0.0.1:" + port + "?autoAck=true&maxConcurrentConsumers=64")
        .process(exchange -> {
          var received = new String(exchange.getMessage().getBody(byte[].class), StandardCharsets.UTF_8);
          exchange.getMessage().setBody(converter.convert(received, options));
        })
        .to("kafka:peer?brokers=" + servers + "&requestRequiredAcks=all&enableIdempotence=true&lingerMs=2");
  }

  public static void main(String[] args) throws Exception {
    var main = new Main();
    main.configure().addRoutesBuilder(new CamelRoute(args[0], args[1]));
    main.addMainListener(new MainListenerSupport() {
      @Override
      public void afterStart(BaseMainSupport started) {
        System.out.println("ready");
      }
    });
    main.run();
  }
}
