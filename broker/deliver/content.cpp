#include "broker/deliver/content.hpp"

#include "broker/journal/journal.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/model/original.hpp"

namespace tieline::deliver {

result<std::string> read_content(store::store& from, offset at, model::content form)
{
    if (model::is_fhir(form)) {
        auto bundle = journal::read_bundle(from, at);
        if (bundle && form == model::content::fhir_alone)
            *bundle = model::without_original(*bundle);
        return bundle;
    }
    auto entry = journal::read(from, at);
    if (!entry)
        return entry.error();
    return std::move(entry->message.bytes);
}

}  // namespace tieline::deliver
