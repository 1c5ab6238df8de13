#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tieline::tests {

/// A receiving system on a port of loopback that the system picks: each connection on a thread of its own, blocking. It reads
/// messages as its `reader` cuts them and does with each what the test says.
class receiver {
public:
    struct reaction {
        std::string reply{};                  ///< bytes that are sent back; empty: it stays silent
        std::chrono::milliseconds after{};    ///< how late
        bool drop = false;                    ///< then the connection is closed
    };
    using behaviour = std::function<reaction(const std::string& message, std::size_t nth)>;  ///< nth from 0, over all connections
    /// Gives the length of the first whole message at the front of the bytes; 0 while it is not whole.
    using reader = std::function<std::size_t(const std::string& bytes)>;

    receiver(reader cut, behaviour react);
    ~receiver();

    std::uint16_t port() const { return port_; }
    std::vector<std::string> messages();
    std::size_t connections();

private:
    using tcp = boost::asio::ip::tcp;
    void accept();
    void serve(tcp::socket& on);
    bool respond(tcp::socket& on, const std::string& message);

    boost::asio::io_context context_;
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    reader cut_;
    behaviour react_;
    std::mutex mutex_;
    std::vector<std::string> messages_;
    std::list<tcp::socket> sockets_;
    std::list<std::thread> threads_;
    bool stopping_ = false;
    std::thread acceptor_thread_;
};

/// Reads MLLP frames; the messages are the frames' content with their framing.
std::size_t cut_frame(const std::string& bytes);
/// Reads HTTP requests with a Content-Length.
std::size_t cut_request(const std::string& bytes);

/// An acknowledgment in a frame: of `message`, with MSA-1 and segments behind it. Another control id where one is given.
std::string acknowledge(const std::string& message, const std::string& code, const std::string& more = {}, const std::string& id = {});
/// An HTTP response with a body.
std::string respond(const std::string& status, const std::string& body = {}, const std::string& headers = {});

/// A port of loopback where nobody listens.
std::uint16_t free_port();

}  // namespace tieline::tests
