#include "tests/support/receivers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

namespace tieline::tests {
namespace asio = boost::asio;

receiver::receiver(reader cut, behaviour react)
    : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), port_(acceptor_.local_endpoint().port()),
      cut_(std::move(cut)), react_(std::move(react)), acceptor_thread_([this] { accept(); })
{
}

receiver::~receiver()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        for (auto& one : sockets_)
            ::shutdown(one.native_handle(), SHUT_RDWR);
    }
    acceptor_thread_.join();
    for (auto& one : threads_)
        one.join();
}

void receiver::accept()
{
    for (;;) {
        boost::system::error_code failed;
        auto socket = acceptor_.accept(failed);
        std::lock_guard lock(mutex_);
        if (failed || stopping_)
            return;
        auto& kept = sockets_.emplace_back(std::move(socket));
        threads_.emplace_back([this, &kept] { serve(kept); });
    }
}

void receiver::serve(tcp::socket& on)
{
    std::string bytes;
    char chunk[16'384];
    for (;;) {
        while (const auto size = cut_(bytes)) {
            const auto message = bytes.substr(0, size);
            bytes.erase(0, size);
            if (!respond(on, message)) {
                ::shutdown(on.native_handle(), SHUT_RDWR);
                return;
            }
        }
        boost::system::error_code failed;
        const auto size = on.read_some(asio::buffer(chunk), failed);
        if (failed)
            return;
        bytes.append(chunk, size);
    }
}

bool receiver::respond(tcp::socket& on, const std::string& message)
{
    std::size_t nth = 0;
    {
        std::lock_guard lock(mutex_);
        nth = messages_.size();
        messages_.push_back(message);
    }
    const auto what = react_(message, nth);
    std::this_thread::sleep_for(what.after);
    boost::system::error_code failed;
    asio::write(on, asio::buffer(what.reply), failed);
    return !what.drop && !failed;
}

std::vector<std::string> receiver::messages()
{
    std::lock_guard lock(mutex_);
    return messages_;
}

std::size_t receiver::connections()
{
    std::lock_guard lock(mutex_);
    return sockets_.size();
}

std::size_t cut_frame(const std::string& bytes)
{
    const auto end = bytes.find("\x1C\r");
    return end == std::string::npos ? 0 : end + 2;
}

std::size_t cut_request(const std::string& bytes)
{
    const auto head = bytes.find("\r\n\r\n");
    if (head == std::string::npos)
        return 0;
    const auto at = bytes.find("Content-Length: ");
    const auto size = at < head ? std::stoul(bytes.substr(at + 16)) : 0;
    return bytes.size() >= head + 4 + size ? head + 4 + size : 0;
}

std::string acknowledge(const std::string& message, const std::string& code, const std::string& more, const std::string& id)
{
    std::string control_id = id;
    if (control_id.empty()) {
        std::size_t at = 0;
        for (int field = 0; field < 9; field++)
            at = message.find('|', at) + 1;
        control_id = message.substr(at, message.find('|', at) - at);
    }
    return "\x0B" "MSH|^~\\&|LAB|H|||20261124||ACK|X1|P|2.5\rMSA|" + code + "|" + control_id + "\r" + more + "\x1C\r";
}

std::string respond(const std::string& status, const std::string& body, const std::string& headers)
{
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::uint16_t free_port()
{
    asio::io_context context;
    asio::ip::tcp::acceptor taken(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return taken.local_endpoint().port();
}

}  // namespace tieline::tests
