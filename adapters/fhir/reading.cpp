#include "adapters/fhir/reading.hpp"

#include "adapters/fhir/json.hpp"
#include "broker/base/nhs_number.hpp"

namespace tieline::adapters::fhir {
namespace {

constexpr std::string_view nhs_number = "https://fhir.nhs.uk/Id/nhs-number";

std::string copy(const rapidjson::Value& from) { return std::string(text(from)); }

// eventCoding.code, or the last part of eventUri.
std::string event_of(const rapidjson::Value& header)
{
    if (const auto code = text(member(member(header, "eventCoding"), "code")); !code.empty())
        return std::string(code);
    const auto uri = text(member(header, "eventUri"));
    return std::string(uri.substr(uri.find_last_of("/:#") + 1));
}

// A facility is named by its identifier, as an ODS code is, else by what is displayed.
std::string facility(const rapidjson::Value& reference)
{
    auto value = copy(member(member(reference, "identifier"), "value"));
    return value.empty() ? copy(member(reference, "display")) : value;
}

bool is_patient(const rapidjson::Value& resource) { return text(member(resource, "resourceType")) == "Patient"; }

// The first resource that the test is true of: the resource itself, or one in the Bundle; null where there is none.
template <typename Test>
const rapidjson::Value& find(const rapidjson::Value& resource, Test is_wanted)
{
    static const rapidjson::Value none;
    const auto& entries = member(resource, "entry");
    if (is_wanted(resource))
        return resource;
    if (!entries.IsArray())
        return none;
    for (const auto& entry : entries.GetArray()) {
        if (const auto& inner = member(entry, "resource"); is_wanted(inner))
            return inner;
    }
    return none;
}

// The identifier by which a resource names its patient without holding it (R4 §2.3.0.1); null where it names none.
const rapidjson::Value& named_patient(const rapidjson::Value& resource)
{
    static const rapidjson::Value none;
    for (const auto* name : {"subject", "patient"}) {
        const auto& reference = member(resource, name);
        const auto type = text(member(reference, "type"));
        if (const auto& identifier = member(reference, "identifier"); identifier.IsObject() && (type.empty() || type == "Patient"))
            return identifier;
    }
    return none;
}

model::patient_identifier read_identifier(const rapidjson::Value& from)
{
    const auto system = text(member(from, "system"));
    const auto code = text(member(first(member(member(from, "type"), "coding")), "code"));
    return {.type = system == nhs_number ? "NHS" : code.empty() ? "MR" : std::string(code), .authority = std::string(system),
            .value = copy(member(from, "value"))};
}

constexpr std::size_t most_warnings = 100;

void check_patient(const rapidjson::Value& resource, const std::string& at, model::issues& found)
{
    const auto& identifiers = member(resource, "identifier");
    if (!is_patient(resource) || !identifiers.IsArray())
        return;
    for (rapidjson::SizeType i = 0; i < identifiers.Size() && found.size() < most_warnings; i++) {
        const auto value = text(member(identifiers[i], "value"));
        if (text(member(identifiers[i], "system")) == nhs_number && !value.empty() && !is_nhs_number(value))
            found.push_back({.level = model::severity::warning, .code = "value", .at = at + ".identifier[" + std::to_string(i) + "].value",
                             .diagnostics = "no NHS number: its check digit is wrong or it has not ten digits; it goes on as it came"});
    }
}

}  // namespace

const rapidjson::Value& message_header(const rapidjson::Value& resource)
{
    static const rapidjson::Value none;
    const auto& inner = member(first(member(resource, "entry")), "resource");
    return text(member(resource, "type")) == "message" && text(member(inner, "resourceType")) == "MessageHeader" ? inner : none;
}

model::envelope read_envelope(const rapidjson::Value& resource)
{
    model::envelope read{.readable = true, .version = "4.0.1", .processing_id = "P"};
    read.type = copy(member(resource, "resourceType"));
    const auto& header = message_header(resource);
    if (read.type == "Bundle")
        read.control_id = copy(member(member(resource, "identifier"), "value"));
    if (header.IsNull())
        return read;
    if (read.control_id.empty())
        read.control_id = copy(member(header, "id"));
    read.trigger = event_of(header);
    const auto& to = first(member(header, "destination"));
    read.sending_application = copy(member(member(header, "source"), "name"));
    read.sending_facility = facility(member(header, "sender"));
    read.receiving_application = copy(member(to, "name"));
    read.receiving_facility = facility(member(to, "receiver"));
    return read;
}

std::vector<model::patient_identifier> read_patient(const rapidjson::Value& resource)
{
    std::vector<model::patient_identifier> found;
    const auto& patient = find(resource, is_patient);
    if (const auto& identifiers = member(patient, "identifier"); identifiers.IsArray()) {
        for (const auto& identifier : identifiers.GetArray())
            found.push_back(read_identifier(identifier));
    }
    if (!patient.IsNull())
        return found;
    const auto& naming = find(resource, [](const auto& one) { return !named_patient(one).IsNull(); });
    if (!naming.IsNull())
        found.push_back(read_identifier(named_patient(naming)));
    return found;
}

void check_nhs_numbers(const rapidjson::Value& resource, model::issues& found)
{
    check_patient(resource, "Patient", found);
    const auto& entries = member(resource, "entry");
    for (rapidjson::SizeType i = 0; entries.IsArray() && i < entries.Size(); i++)
        check_patient(member(entries[i], "resource"), "Bundle.entry[" + std::to_string(i) + "].resource", found);
}

}  // namespace tieline::adapters::fhir
