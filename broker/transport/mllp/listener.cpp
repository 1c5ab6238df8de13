#include "broker/transport/mllp/mllp.hpp"

#include "broker/transport/mllp/session.hpp"
#include "broker/transport/tcp/server.hpp"

namespace tieline::transport::mllp {

std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found)
{
    auto given = read_options(std::move(from), found);
    if (!given)
        return nullptr;
    return make_bare_listener(std::move(*given), parts);
}

std::unique_ptr<listener> make_bare_listener(options given, listener_parts parts)
{
    tcp::options server = given;
    tcp::common shared{.intake = parts.intake, .row = parts.board.listener(given.from.name)};
    const auto with = std::make_shared<common>(common{std::move(shared), std::move(given)});
    auto run = [with](std::shared_ptr<tcp::connection> on, std::string peer) { return run_session(std::move(on), with, std::move(peer)); };
    return tcp::make_server("mllp", std::move(server), parts, with, std::move(run));
}

}  // namespace tieline::transport::mllp
