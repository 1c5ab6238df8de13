import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.annotation.*;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.*;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import ca.uhn.fhir.util.UrlUtil;
import java.util.*;
import org.hl7.fhir.r4.model.*;

/**
 * A FHIR R4 server at /fhir that keeps records in memory: HAPI's RestfulServer with HAPI's own provider for every type of resource, a
 * search by identifier, and transactions as FHIR R4 §3.1.0.11 has them: all or nothing, conditional creates and updates, references
 * by fullUrl, and no reference to what is not there. Prints `ready` first. Arguments: port. Ends with its input.
 */
public class RecordServer {
  private static final FhirContext context = FhirContext.forR4Cached();
  private static final Map<String, Records<? extends Resource>> all = new TreeMap<>();

  public static class Records<T extends Resource> extends HashMapResourceProvider<T> {
    Records(Class<T> type) { super(context, type); }

    @Search
    public synchronized List<T> withIdentifier(@RequiredParam(name = "identifier") TokenParam wanted) {
      return getAllResources().stream().filter(one -> identifiers(one).stream().anyMatch(of -> fits(of, wanted))).toList();
    }

    static List<Identifier> identifiers(Resource of) {
      boolean has = context.getResourceDefinition(of).getChildByName("identifier") != null;
      return has ? context.newTerser().getValues(of, "identifier", Identifier.class) : List.of();
    }

    // `system|value`, `value` in any system, `|value` in none.
    static boolean fits(Identifier of, TokenParam wanted) {
      boolean system = wanted.getSystem() == null || Objects.toString(of.getSystem(), "").equals(wanted.getSystem());
      return system && wanted.getValue().equals(of.getValue());
    }

    void put(Resource what, RequestDetails details) { update(getResourceType().cast(what), null, details); }
  }

  /** One entry: where it goes, and whether anything is written. */
  private static class Task {
    final Bundle.BundleEntryComponent entry;
    final String type;
    IdType id;
    boolean writes = true, creates = false;

    Task(Bundle.BundleEntryComponent entry) {
      this.entry = entry;
      type = entry.getRequest().getUrl().split("[/?]")[0];
      if (!all.containsKey(type) || !entry.getResource().fhirType().equals(type)) throw new InvalidRequestException("url and resource differ: " + type);
      switch (entry.getRequest().getMethod()) {
        case POST -> planCreate();
        case PUT -> planUpdate();
        default -> throw new NotImplementedOperationException("only POST and PUT");
      }
    }

    private void planCreate() {
      var condition = entry.getRequest().getIfNoneExist();
      var found = condition == null ? null : search(type, condition);
      writes = creates = found == null;
      id = found == null ? newId() : found;
    }

    private void planUpdate() {
      var url = entry.getRequest().getUrl();
      var own = entry.getResource().getIdElement();
      if (!url.contains("?")) {
        id = new IdType(url);
        if (!id.getIdPart().equals(own.getIdPart())) throw new InvalidRequestException("the resource's id is not that of " + url);
      } else {
        var found = search(type, url.substring(url.indexOf('?') + 1));
        if (found != null && own.hasIdPart() && !own.getIdPart().equals(found.getIdPart())) throw new InvalidRequestException("the id is not that of what was found");
        id = found != null ? found : own.hasIdPart() ? new IdType(type, own.getIdPart()) : newId();
      }
      creates = !exists(id);
    }

    private IdType newId() { return new IdType(type, UUID.randomUUID().toString()); }
  }

  private static boolean exists(IdType id) {
    return all.get(id.getResourceType()).getStoredResources().stream().anyMatch(one -> one.getIdElement().getIdPart().equals(id.getIdPart()));
  }

  /** The one that a condition finds; null for none. */
  private static IdType search(String type, String condition) {
    var words = UrlUtil.parseQueryString(condition);
    if (!words.keySet().equals(Set.of("identifier"))) throw new InvalidRequestException("only a search by identifier: " + condition);
    var wanted = new TokenParam();
    wanted.setValueAsQueryToken(context, "identifier", null, words.get("identifier")[0]);
    var found = all.get(type).withIdentifier(wanted);
    if (found.size() > 1) throw new PreconditionFailedException("more than one: " + type + "?" + condition);
    return found.isEmpty() ? null : found.get(0).getIdElement().toUnqualifiedVersionless();
  }

  public static class Transactions {
    @Transaction
    public Bundle run(@TransactionParam Bundle received, RequestDetails details) {
      synchronized (all) {
        if (received.getType() != Bundle.BundleType.TRANSACTION) throw new InvalidRequestException("no transaction");
        var tasks = received.getEntry().stream().map(Task::new).toList();
        var places = new HashMap<String, IdType>();
        var targets = new HashSet<String>();
        for (var task : tasks) {
          if (task.entry.hasFullUrl()) places.put(task.entry.getFullUrl(), task.id);
          if (!targets.add(task.id.getValue())) throw new InvalidRequestException("two entries are the same resource: " + task.id);
        }
        for (var task : tasks) resolve(task.entry.getResource(), places, targets);
        for (var task : tasks) {
          if (task.writes) all.get(task.type).put((Resource) task.entry.getResource().setId(task.id), details);
        }
        return answer(tasks);
      }
    }

    private static void resolve(Resource of, Map<String, IdType> places, Set<String> targets) {
      for (var one : context.newTerser().getAllPopulatedChildElementsOfType(of, Reference.class)) {
        if (!one.hasReference() || one.getReference().startsWith("#")) continue;
        if (places.containsKey(one.getReference())) one.setReference(places.get(one.getReference()).getValue());
        var to = new IdType(one.getReference());
        if (to.isAbsolute()) continue;
        if (!all.containsKey(Objects.toString(to.getResourceType(), "")) || !(targets.contains(to.toUnqualifiedVersionless().getValue()) || exists(to)))
          throw new UnprocessableEntityException("a reference leads nowhere: " + of.fhirType() + " to " + one.getReference());
      }
      for (var one : context.newTerser().getAllPopulatedChildElementsOfType(of, UriType.class)) {
        if (places.containsKey(one.getValue())) one.setValue(places.get(one.getValue()).getValue());
      }
    }

    private static Bundle answer(List<Task> tasks) {
      var made = new Bundle().setType(Bundle.BundleType.TRANSACTIONRESPONSE);
      for (var task : tasks) made.addEntry().getResponse().setStatus(task.creates ? "201 Created" : "200 OK").setLocation(task.id.getValue());
      return made;
    }
  }

  @SuppressWarnings("unchecked")
  public static void main(String[] args) throws Exception {
    context.setParserErrorHandler(new StrictErrorHandler());  // an element that R4 does not have is refused
    context.getParserOptions().setOverrideResourceIdWithBundleEntryFullUrl(false);  // an entry's resource keeps the id that it says
    for (var type : context.getResourceTypes()) {
      if (!type.equals("Parameters") && !type.equals("Bundle")) all.put(type, new Records<>((Class<Resource>) context.getResourceDefinition(type).getImplementingClass()));
    }
    var fhir = new RestfulServer(context);
    fhir.registerProviders(all.values());
    fhir.registerProvider(new Transactions());
    Serving.untilInputEnds(fhir, Integer.parseInt(args[0]));
  }
}
