#include "broker/deliver/content.hpp"

#include "broker/journal/journal.hpp"
#include "broker/journal/outcomes.hpp"

namespace tieline::deliver {

result<std::string> read_content(store::store& from, offset at, model::content form)
{
    if (form == model::content::fhir)
        return journal::read_bundle(from, at);
    auto entry = journal::read(from, at);
    if (!entry)
        return entry.error();
    return std::move(entry->message.bytes);
}

}  // namespace tieline::deliver
