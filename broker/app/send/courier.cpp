#include "broker/app/send/courier.hpp"

#include "broker/app/send/messages.hpp"
#include "broker/transport/http/client.hpp"
#include "broker/transport/mllp/client.hpp"

namespace tieline::app::send {
namespace {

namespace asio = boost::asio;
namespace http = transport::http;
namespace mllp = transport::mllp;

class mllp_courier final : public courier {
public:
    explicit mllp_courier(std::unique_ptr<mllp::client> client) : client_(std::move(client)) {}
    asio::awaitable<result<answer>> take(std::string message, std::string control_id, std::chrono::milliseconds limit) override
    {
        const auto reply = co_await client_->exchange(std::move(message), limit);
        if (!reply)
            co_return reply.error();
        auto read = read_acknowledgment(*reply, control_id);
        if (!read.positive && read.code.empty())
            client_->close();  // it may be out of step
        co_return read;
    }

private:
    std::unique_ptr<mllp::client> client_;
};

class fhir_courier final : public courier {
public:
    fhir_courier(std::unique_ptr<http::client> client, const errand& from) : client_(std::move(client)), base_(from.to.path)
    {
        headers_ = {{"Content-Type", "application/fhir+json"}, {"Accept", "application/fhir+json"}};
        if (!from.token.empty())
            headers_.emplace_back("Authorization", "Bearer " + from.token);
    }
    asio::awaitable<result<answer>> take(std::string message, std::string, std::chrono::milliseconds limit) override
    {
        http::request request;
        request.method = "POST";
        request.path = base_ + fhir_path(message);
        if (request.path.empty())
            request.path = "/";
        request.headers = headers_;
        request.body = std::move(message);
        const auto response = co_await client_->exchange(std::move(request), limit);
        if (!response)
            co_return response.error();
        co_return read_response(response->status, response->body);
    }

private:
    std::unique_ptr<http::client> client_;
    std::string base_;
    std::vector<std::pair<std::string, std::string>> headers_{};
};

std::optional<transport::tls::client_options> tls_of(const errand& from)
{
    return from.to.secure ? std::optional(from.tls) : std::nullopt;
}

}  // namespace

result<std::unique_ptr<courier>> make_courier(asio::any_io_executor on, const errand& from)
{
    if (from.to.what == target::protocol::mllp) {
        auto client = mllp::make_client(on, {.host = from.to.host, .port = from.to.port, .tls = tls_of(from)});
        if (!client)
            return client.error();
        return std::make_unique<mllp_courier>(std::move(*client));
    }
    const http::url url{.secure = from.to.secure, .host = from.to.host, .port = from.to.port, .path = from.to.path};
    auto client = http::make_client(on, {.to = url, .tls = tls_of(from)});
    if (!client)
        return client.error();
    return std::make_unique<fhir_courier>(std::move(*client), from);
}

}  // namespace tieline::app::send
