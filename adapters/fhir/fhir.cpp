#include "adapters/fhir/fhir.hpp"

#include "adapters/fhir/answer.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/reading.hpp"
#include "adapters/fhir/request.hpp"
#include "broker/base/digest.hpp"
#include "schemas/syntax/json.hpp"

namespace tieline::adapters::fhir {
namespace {

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const auto first = text.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// A resource of its own as a Bundle: a collection of it, with an identifier that tells a repeat. Its bytes stay as they came.
std::string collection_of(std::string_view resource, std::string_view sender)
{
    const auto id = uuid_v5("collection|" + std::string(sender) + '|' + hex(sha256(resource)));
    std::string bundle = R"({"resourceType":"Bundle","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:)" + id +
                         R"("},"type":"collection","entry":[{"fullUrl":"urn:uuid:)" + uuid_v5("entry|" + id) + R"(","resource":)";
    bundle += resource;
    bundle += "}]}";
    return bundle;
}

class fhir_adapter final : public adapter {
public:
    explicit fhir_adapter(std::string node) : node_(std::move(node)) {}

    model::envelope open(const model::received& message, model::issues& found) override
    {
        rapidjson::Document resource;
        if (!read(message, resource, found))
            return {};
        return read_envelope(resource);
    }

    model::normalised normalise(const model::received& message) override
    {
        model::normalised made;
        rapidjson::Document resource;
        if (!read(message, resource, made.found))
            return made;
        made.patient = read_patient(resource);
        check_nhs_numbers(resource, made.found);
        const auto bytes = trimmed(message.bytes);
        made.bundle = text(member(resource, "resourceType")) == "Bundle" ? std::string(bytes) : collection_of(bytes, message.sender);
        return made;
    }

    model::answer answer(const model::received& message, const model::envelope& envelope, const model::verdict& verdict) override
    {
        rapidjson::Document resource;
        model::issues unused;
        const auto asked = read_request(message.request);
        if (envelope.readable && verdict.what == model::verdict::kind::stored && speaks_of_content(asked))
            read(message, resource, unused);
        return make_answer(asked, resource, verdict, node_);
    }

private:
    static bool read(const model::received& message, rapidjson::Document& into, model::issues& found)
    {
        if (const auto fault = schemas::syntax::read_json(trimmed(message.bytes), into)) {
            found.push_back({.code = "structure", .diagnostics = "no JSON that can be read, at line " + std::to_string(fault->line) +
                                                                 ", column " + std::to_string(fault->column) + ": " + fault->what});
            return false;
        }
        const auto before = found.size();
        check_request(read_request(message.request), into, found);
        return found.size() == before;
    }

    std::string node_;
};

}  // namespace

std::unique_ptr<adapter> make_adapter(const options& given, model::issues&) { return std::make_unique<fhir_adapter>(given.node); }

}  // namespace tieline::adapters::fhir
