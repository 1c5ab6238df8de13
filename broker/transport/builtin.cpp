#include "broker/transport/folder/folder.hpp"
#include "broker/transport/http/http.hpp"
#include "broker/transport/kafka/kafka.hpp"
#include "broker/transport/listener.hpp"
#include "broker/transport/mllp/mllp.hpp"

namespace tieline::transport {

void add_builtin(registry& to)
{
    to.add("folder", folder::make_listener);
    to.add("http", http::make_listener);
    to.add("kafka", kafka::make_listener);
    to.add("mllp", mllp::make_listener);
}

}  // namespace tieline::transport
