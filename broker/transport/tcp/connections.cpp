#include "broker/transport/tcp/connections.hpp"

#include "broker/base/error.hpp"

#include <vector>

namespace tieline::transport::tcp {

void connection::expire_by(clock::time_point when)
{
    if (deadline_ > when || expired_)
        return;
    expired_ = true;
    error_code ignored;
    socket.close(ignored);
}

void connection::stop_reading()
{
    error_code ignored;
    if (reading)
        socket.cancel(ignored);
}

void connection::end()
{
    error_code ignored;
    socket.close(ignored);
    cancel.emit(boost::asio::cancellation_type::terminal);
}

void connections::sweep(connection::clock::time_point now)
{
    for (const auto& one : open_)
        one->expire_by(now);
}

void connections::stop_reading()
{
    for (const auto& one : open_)
        one->stop_reading();
}

void connections::end()
{
    // A session that ends removes itself, perhaps at once.
    const std::vector<std::shared_ptr<connection>> all(open_.begin(), open_.end());
    for (const auto& one : all)
        one->end();
}

}  // namespace tieline::transport::tcp
