import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.hl7.fhir.common.hapi.validation.support.*;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Resource;

/**
 * HAPI FHIR's validator over NDJSON {"id", "bundle"} on standard input: prints {"id", "errors": [{"at", "text"}]} for each. Arguments: folders
 * with StructureDefinitions, ValueSets and CodeSystems (JSON or XML) beside R4's own; snapshots are made of their differentials.
 */
public class Validate {
  private static final FhirContext context = FhirContext.forR4();
  private static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] folders) throws Exception {
    var own = new PrePopulatedValidationSupport(context);
    for (var folder : folders) load(Path.of(folder), own);
    var chain = new ValidationSupportChain(own, new DefaultProfileValidationSupport(context), new SnapshotGeneratingValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context), new InMemoryTerminologyServerValidationSupport(context), new UnknownCodeSystemWarningValidationSupport(context));
    var module = new FhirInstanceValidator(new CachingValidationSupport(chain));
    module.setErrorForUnknownProfiles(folders.length > 0);
    FhirValidator validator = context.newValidator().registerValidatorModule(module);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      var node = json.readTree(line);
      if (!node.has("bundle")) continue;
      var answer = json.createObjectNode().set("id", node.get("id"));
      var errors = json.createArrayNode();
      for (var one : validator.validateWithResult(node.get("bundle").toString()).getMessages()) {
        if (one.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()) errors.add(written(one));
      }
      System.out.println(((com.fasterxml.jackson.databind.node.ObjectNode) answer).set("errors", errors));
    }
  }

  private static JsonNode written(SingleValidationMessage one) {
    return json.createObjectNode().put("at", one.getLocationString()).put("text", one.getMessage());
  }

  private static void load(Path folder, PrePopulatedValidationSupport to) throws Exception {
    List<Path> files;
    try (var walk = Files.walk(folder)) {
      files = walk.filter(one -> one.toString().matches(".*\\.(json|xml)")).sorted().toList();
    }
    for (var file : files) {
      var text = Files.readString(file);
      var parser = file.toString().endsWith(".xml") ? context.newXmlParser() : context.newJsonParser();
      if (parser.parseResource(text) instanceof Resource read && Set.of("StructureDefinition", "ValueSet", "CodeSystem").contains(read.fhirType())) to.addResource(read);
    }
  }
}
