#include "broker/deliver/destination.hpp"
#include "broker/deliver/discard/discard.hpp"
#include "broker/deliver/fhir/fhir.hpp"
#include "broker/deliver/folder/folder.hpp"
#include "broker/deliver/mllp/mllp.hpp"

namespace tieline::deliver {

void add_builtin(registry& to)
{
    to.add("discard", discard::make_destination);
    to.add("fhir", fhir::make_destination);
    to.add("folder", folder::make_destination);
    to.add("mllp", mllp::make_destination);
}

}  // namespace tieline::deliver
