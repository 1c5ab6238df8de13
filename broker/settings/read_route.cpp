#include "broker/settings/parts.hpp"

namespace tieline::settings {
namespace {

predicate read_predicate(section from)
{
    predicate made;
    made.type = from.list("type");
    made.trigger = from.list("trigger");
    made.source = from.list("source");
    made.sending_application = from.list("sending_application");
    made.sending_facility = from.list("sending_facility");
    made.receiving_application = from.list("receiving_application");
    made.receiving_facility = from.list("receiving_facility");
    return made;
}

}  // namespace

route read_route(section from)
{
    route made;
    made.at = from.at();
    made.name = from.required("name", "a name for the trace");
    if (!made.name.empty())
        check_name(from, "name", made.name, "._- ");
    made.when = read_predicate(from.child("when"));
    made.topic = from.required("topic", "a topic of the bus, without the prefix");
    if (!made.topic.empty())
        check_name(from, "topic", made.topic);
    const bool original = from.one_of("publish", "fhir", {"fhir", "original"}) == "original";
    const bool with_message = from.flag("with_message", true);
    if (original && !with_message)
        from.fault("with_message", "with_message: false says what a Bundle leaves out; this route publishes the message itself");
    made.publish = original ? model::content::original : with_message ? model::content::fhir : model::content::fhir_alone;
    made.purpose = from.one_of("purpose", made.purpose, {"direct-care", "secondary-use"});
    made.to = from.list("to");
    return made;
}

}  // namespace tieline::settings
