#include "broker/transport/http/http.hpp"

#include "broker/transport/http/metadata.hpp"
#include "broker/transport/http/session.hpp"

namespace tieline::transport::http {

std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found)
{
    auto given = read_options(std::move(from), found);
    if (!given)
        return nullptr;
    tcp::options server = *given;
    auto metadata = capability_statement(*given);
    tcp::common shared{.intake = parts.intake, .row = parts.board.listener(given->from.name)};
    const auto with = std::make_shared<common>(common{std::move(shared), std::move(*given), std::move(metadata)});
    auto run = [with](std::shared_ptr<tcp::connection> on, std::string peer) { return run_session(std::move(on), with, std::move(peer)); };
    return tcp::make_server("http", std::move(server), parts, with, std::move(run));
}

}  // namespace tieline::transport::http
