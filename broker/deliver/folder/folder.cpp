#include "broker/deliver/folder/folder.hpp"

#include "broker/base/async.hpp"
#include "broker/deliver/folder/write_file.hpp"
#include "broker/deliver/only_for.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

namespace tieline::deliver::folder {
namespace {

std::string_view ending(const parcel& one)
{
    const auto first = one.bytes.find_first_not_of(" \t\r\n");
    return first != std::string::npos && one.bytes[first] == '{' ? ".json" : ".hl7";
}

attempt come_to(error_code failed)
{
    if (!failed)
        return {.what = attempt::verdict::delivered, .answer = "written"};
    return {.what = attempt::verdict::fault, .reason = "the file can't be written: " + failed.message()};
}

asio::awaitable<error_code> write(std::string path, std::string bytes) { co_return write_file(path, bytes); }

class directory final : public destination {
public:
    explicit directory(std::string path) : path_(std::move(path)) {}

    asio::awaitable<attempt> send(parcel one) override
    {
        auto path = path_ + "/" + one.id + std::string(ending(one));
        auto file = write(std::move(path), std::move(one.bytes));
        auto writing = asio::co_spawn(writer_.get_executor(), std::move(file), asio::use_awaitable);
        const auto failed = co_await std::move(writing);
        co_return come_to(failed);
    }
    std::string address() const override { return path_; }

private:
    std::string path_;
    asio::thread_pool writer_{1};  // a sync may take long, and nothing blocks the delivery thread
};

}  // namespace

std::unique_ptr<destination> make_destination(settings::destination from, asio::io_context&, model::issues& found)
{
    const bool fits = refuse_set(from, found) && refuse_headers(from, found);
    from.options.required("path", "the folder that gets the files");
    auto path = from.options.path("path");
    if (!from.options.finish(found) || !fits)
        return nullptr;
    return std::make_unique<directory>(std::move(path));
}

}  // namespace tieline::deliver::folder
