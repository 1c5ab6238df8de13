import io.github.linuxforhealth.hl7.ConverterOptions;
import io.github.linuxforhealth.hl7.HL7ToFHIRConverter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * LinuxForHealth's conversion of one message, again and again on one thread. Prints `messages_s` and `out_bytes`, a line each.
 * Arguments: the message's file, seconds to warm up, seconds to measure.
 */
public class Convert {
  private static final HL7ToFHIRConverter CONVERTER = new HL7ToFHIRConverter();
  private static final ConverterOptions OPTIONS = new ConverterOptions.Builder().build();

  /** Messages a second of this thread's processor time, so that other work on the machine counts less, over so many seconds. */
  private static double rate(String message, double seconds) {
    var clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    long end = start + (long) (seconds * 1e9);
    int done = 0;
    for (; clock.getCurrentThreadCpuTime() < end; done++) {
      CONVERTER.convert(message, OPTIONS);
    }
    return done * 1e9 / (clock.getCurrentThreadCpuTime() - start);
  }

  public static void main(String[] args) throws Exception {
    String message = Files.readString(Path.of(args[0]), StandardCharsets.UTF_8).replace('\n', '\r');
    rate(message, Double.parseDouble(args[1]));
    System.out.printf("messages_s %.1f%n", rate(message, Double.parseDouble(args[2])));
    System.out.printf("out_bytes %d%n", CONVERTER.convert(message, OPTIONS).getBytes(StandardCharsets.UTF_8).length);
  }
}
