#include "adapters/adapter.hpp"
#include "adapters/fhir/fhir.hpp"
#include "adapters/hl7v2/hl7v2.hpp"

namespace tieline::adapters {

void add_builtin(registry& to)
{
    to.add("fhir", fhir::make_adapter);
    to.add("hl7v2", hl7v2::make_adapter);
}

}  // namespace tieline::adapters
