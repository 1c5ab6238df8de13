#include "broker/settings/parts.hpp"

namespace tieline::settings {
namespace {

adapter_choice read_adapter(section& from)
{
    adapter_choice made;
    if (!from.has_section("adapter")) {
        made.name = from.required("adapter", "the format of its messages: hl7v2, fhir or {name: …}");
        return made;
    }
    section adapter = from.child("adapter");
    made.name = adapter.required("name", "the format of its messages: hl7v2 or fhir");
    made.time_zone = adapter.text("time_zone", made.time_zone);
    made.uk = adapter.flag("uk", made.uk);
    made.charset = adapter.text("charset", made.charset);
    made.overlay = adapter.paths("overlay");
    return made;
}

accept read_accept(section from)
{
    accept made;
    if (from.has("processing_id"))
        made.processing_id = from.list("processing_id");
    made.type = from.list("type");
    made.version = from.list("version");
    return made;
}

}  // namespace

listener read_listener(const std::string& name, section from)
{
    listener made;
    made.name = name;
    made.at = from.at();
    check_name(from, {}, name);
    made.from = from.list("from");
    made.sending_application = from.list("sending_application");
    made.sending_facility = from.list("sending_facility");
    made.certificate = from.list("certificate");
    made.adapter = read_adapter(from);
    if (from.has("patient_key"))
        made.patient_key = from.list("patient_key");
    made.mode = from.one_of("mode", made.mode, {"auto", "original", "enhanced"});
    made.always_reply = from.flag("always_reply", made.always_reply);
    const auto ack = from.one_of("ack", "stored", {"stored", "processed", "published"});
    made.ack_processed = ack != "stored";
    made.ack_published = ack == "published";
    if (from.has("application_ack"))
        made.application_ack_to = from.child("application_ack").required("to", "the destination that gets the acknowledgments");
    made.answer_duplicates = from.one_of("duplicates", "answer", {"answer", "accept"}) == "answer";
    made.duplicate_window = from.duration("duplicate_window", made.duplicate_window).value_or(made.duplicate_window);
    made.accept = read_accept(from.child("accept"));
    made.answer_when_full = from.one_of("when_full", "close", {"close", "answer"}) == "answer";
    made.kind = take_kind(from, "way in", "mllp: {port: 2575}");
    if (!made.kind.empty())
        made.transport = from.apart(made.kind);
    return made;
}

}  // namespace tieline::settings
