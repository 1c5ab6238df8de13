#include "broker/deliver/fhir/wanted.hpp"

#include "adapters/fhir/transaction.hpp"
#include "broker/deliver/fhir/outline.hpp"

#include <algorithm>

namespace tieline::deliver::fhir {
namespace {

wanted refuse(std::string why)
{
    return {.why_not = std::move(why)};
}

wanted post(std::string path, std::string body)
{
    return {.request = {.method = "POST", .path = std::move(path), .body = std::move(body)}};
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_of_id(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

// Both go into the path of a URL: only what FHIR R4 allows (§2.24.0.1, id: [A-Za-z0-9\-\.]{1,64}).
bool is_type(std::string_view type) { return !type.empty() && std::all_of(type.begin(), type.end(), is_letter); }
bool is_id(std::string_view id) { return id.size() <= 64 && std::all_of(id.begin(), id.end(), is_of_id); }

// The one resource of a Bundle beside its MessageHeader, or the resource that the message itself is; null when there is no one.
const resource* the_one(const outline& of)
{
    if (of.whole.type != "Bundle")
        return &of.whole;
    const resource* one = nullptr;
    for (const auto& entry : of.entries) {
        if (entry.type == "MessageHeader")
            continue;
        if (one)
            return nullptr;
        one = &entry;
    }
    return one;
}

std::string root(const std::string& base) { return base.empty() ? "/" : base; }

wanted send_transaction(const std::string& base, std::string bytes, adapters::fhir::match by)
{
    auto made = adapters::fhir::make_transaction(std::move(bytes), by);
    return made.why_not.empty() ? post(root(base), std::move(made.bundle)) : refuse(std::move(made.why_not));
}

wanted send_resource(const std::string& base, const outline& of)
{
    const auto* one = the_one(of);
    if (!one)
        return refuse("it does not hold exactly one resource beside its MessageHeader");
    if (!is_type(one->type) || !is_id(one->id))
        return refuse("its resource has no usable type or id");
    if (one->id.empty())
        return post(base + "/" + one->type, std::string(one->json));
    return {.request = {.method = "PUT", .path = base + "/" + one->type + "/" + one->id, .body = std::string(one->json)}};
}

}  // namespace

wanted make_request(interaction how, const std::string& base, std::string bytes)
{
    if (how == interaction::transaction)
        return send_transaction(base, std::move(bytes), adapters::fhir::match::id);
    if (how == interaction::conditional_transaction)
        return send_transaction(base, std::move(bytes), adapters::fhir::match::identifier);
    const auto of = read_outline(bytes);
    if (!of)
        return refuse("it is no FHIR resource in JSON");
    if (how == interaction::resource)
        return send_resource(base, *of);
    if (of->whole.type != "Bundle")
        return refuse("it is no Bundle");
    if (how == interaction::bundle)
        return post(root(base), std::move(bytes));
    if (of->bundle_type != "message")
        return refuse("it is no Bundle of type message");
    return post(base + "/$process-message", std::move(bytes));
}

std::string response_code(std::string_view body)
{
    const auto of = read_outline(body);
    return of && of->bundle_type == "message" ? of->response_code : std::string();
}

}  // namespace tieline::deliver::fhir
