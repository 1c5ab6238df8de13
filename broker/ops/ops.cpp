#include "broker/ops/ops.hpp"

#include "broker/observe/log.hpp"
#include "broker/ops/admin/server.hpp"
#include "broker/ops/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <pthread.h>

#include <thread>

namespace tieline::ops {
namespace {

using observe::log;
using tcp = boost::asio::ip::tcp;

void fault(model::issues& found, const settings::configuration& given, std::string diagnostics)
{
    found.push_back({.at = given.file, .diagnostics = std::move(diagnostics)});
}

class running final : public ops {
public:
    explicit running(parts from) : from_(std::move(from)) {}
    ~running() override { stop(); }

    bool open(model::issues& found)
    {
        const auto given = from_.configuration();
        return open_http(*given, found) && open_socket(*given, found);
    }
    void run()
    {
        http_thread_ = std::thread([this] { work(http_context_, "ops"); });
        admin_thread_ = std::thread([this] { work(admin_context_, "admin"); });
    }
    std::uint16_t port() const override { return http_->port(); }
    void stop() override
    {
        http_context_.stop();
        admin_context_.stop();
        for (auto* one : {&http_thread_, &admin_thread_}) {
            if (one->joinable())
                one->join();
        }
    }

private:
    bool open_http(const settings::configuration& given, model::issues& found);
    bool open_socket(const settings::configuration& given, model::issues& found);
    static void work(boost::asio::io_context& context, const char* name)
    {
        pthread_setname_np(pthread_self(), name);
        context.run();
    }

    parts from_;
    boost::asio::io_context http_context_{1};
    boost::asio::io_context admin_context_{1};
    std::unique_ptr<http::server> http_;
    std::unique_ptr<admin::server> admin_;
    std::thread http_thread_, admin_thread_;
};

bool running::open_http(const settings::configuration& given, model::issues& found)
{
    error_code failed;
    const auto address = boost::asio::ip::make_address(given.ops.address, failed);
    if (failed) {
        fault(found, given, "ops.address: " + given.ops.address + " is no IP address");
        return false;
    }
    auto pages = std::make_shared<const http::pages>(from_, address.is_loopback());
    http_ = std::make_unique<http::server>(http_context_, std::move(pages));
    failed = http_->open({address, given.ops.port});
    if (failed) {
        fault(found, given, "the ops port " + given.ops.address + ":" + std::to_string(given.ops.port) + " can't be opened: " + failed.message());
        return false;
    }
    log.info("ops.listening", {{"address", given.ops.address}, {"port", http_->port()}});
    return true;
}

bool running::open_socket(const settings::configuration& given, model::issues& found)
{
    const auto path = admin::socket_path(given.data);
    admin_ = std::make_unique<admin::server>(admin_context_, from_);
    const auto failed = admin_->open(path);
    if (failed)
        fault(found, given, "the admin socket " + path + " can't be made: " + failed.message() +
                                (failed == boost::asio::error::name_too_long ? "; a socket's path has at most 107 bytes, choose a shorter data folder" : ""));
    return !failed;
}

}  // namespace

std::unique_ptr<ops> start(parts from, model::issues& found)
{
    auto one = std::make_unique<running>(std::move(from));
    if (!one->open(found))
        return nullptr;
    one->run();
    return one;
}

}  // namespace tieline::ops
