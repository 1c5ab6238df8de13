#pragma once

#include "broker/base/error.hpp"
#include "broker/transport/tls/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::transport::http {

/// `http://host[:port]/path` or `https://…`, taken apart.
struct url {
    bool secure = false;
    std::string host{};
    std::uint16_t port = 80;
    std::string path{};  ///< from the first `/`, without a final one; may be empty
};

/// None when it is no http or https URL, or holds a user, a query or a fragment.
std::optional<url> parse_url(std::string_view text);

struct request {
    std::string method{};  ///< `POST`
    std::string path{};    ///< `/fhir/Patient`, as sent
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

struct response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};  ///< names in lower case
    std::string body{};    ///< at most `max_body` of it; the rest is read and thrown away
};

struct client_options {
    url to{};
    std::optional<tls::client_options> tls{};
    std::size_t max_body = 1U << 20;
};

/// One HTTP/1.1 connection, kept alive where the server does.
class client {
public:
    virtual ~client() = default;

    /// Sends the request and reads the response. A kept connection that the server has closed meanwhile is opened again once,
    /// when nothing of a response has come. Errors: of resolving, connecting, TLS; asio::error::timed_out.
    virtual boost::asio::awaitable<result<response>> exchange(request what, std::chrono::milliseconds limit) = 0;

    virtual void close() = 0;
};

result<std::unique_ptr<client>> make_client(boost::asio::any_io_executor on, client_options options);

}  // namespace tieline::transport::http
