#include "broker/bus/bus.hpp"
#include "broker/bus/embedded/embedded.hpp"
#include "broker/bus/kafka/kafka.hpp"

namespace tieline::bus {

void add_builtin(registry& to)
{
    to.add("embedded", embedded::make_bus, embedded::check);
    to.add("kafka", kafka::make_bus, kafka::check);
}

}  // namespace tieline::bus
