#include "broker/transport/folder/folder.hpp"

#include "broker/base/async.hpp"
#include "broker/observe/log.hpp"
#include "broker/transport/folder/files.hpp"
#include "broker/transport/folder/settling.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <map>
#include <optional>
#include <type_traits>
#include <utility>

namespace tieline::transport::folder {
namespace {

using namespace std::chrono_literals;
using observe::log;
using milliseconds = std::chrono::milliseconds;

constexpr std::size_t most_listed = 10'000;

struct options {
    settings::listener from{};
    std::string path{};
    std::string pattern = "*";
    milliseconds poll = 1s;
    milliseconds settle = 2s;
    std::size_t max_file = 16U << 20;  ///< bytes
};

std::optional<options> read_options(settings::listener from, model::issues& found)
{
    settings::section keys = from.transport;
    options read;
    read.path = keys.path("path");
    if (read.path.empty())
        keys.fault("path", "path: expected the folder whose files are picked up");
    read.pattern = keys.text("pattern", read.pattern);
    read.poll = keys.duration("poll", read.poll).value_or(read.poll);
    if (read.poll < 10ms)
        keys.fault("poll", "poll: expected at least 10ms");
    read.settle = keys.duration("settle", read.settle).value_or(read.settle);
    read.max_file = keys.size("max_file", read.max_file, 1U << 10, 64U << 20);
    if (!from.from.empty() || !from.certificate.empty())
        keys.fault({}, "`from` and `certificate` tell who may connect, which nobody does to a folder; its file permissions do that");
    read.from = std::move(from);
    if (!keys.finish(found))
        return std::nullopt;
    return read;
}

template <typename Work>
asio::awaitable<std::invoke_result_t<Work>> call(Work work)
{
    co_return work();
}

/// Picks files up, one after the other; its coroutine holds it, so that it can outlast the listener's object.
class picker : public std::enable_shared_from_this<picker> {
public:
    picker(options given, listener_parts parts)
        : given_(std::move(given)), parts_(parts), row_(parts.board.listener(given_.from.name)), files_(given_.path, given_.pattern),
          settling_(given_.settle), pause_(parts.context), limit_(parts.context)
    {
        if (row_.state.get().empty())
            row_.state.set("not listening");
    }

    error_code open();
    /// Where the other picks up files of the same folder, it ends before this one begins: a file is taken by one of them.
    void wait_for(const std::shared_ptr<picker>& other)
    {
        if (other->given_.path == given_.path)
            before_ = other;
    }
    error_code start();
    void stop(milliseconds limit, std::function<void()> done);
    void end();

private:
    asio::awaitable<void> run(std::shared_ptr<picker> self);
    asio::awaitable<void> look();
    asio::awaitable<bool> take(seen_file file);
    asio::awaitable<bool> put_away(seen_file file, reply said);
    asio::awaitable<result<reply>> ask(const seen_file& file);
    template <typename Work>
    asio::awaitable<std::invoke_result_t<Work>> on_disk(Work work);
    void fail(std::string_view what, error_code why);
    void finish();

    options given_;
    listener_parts parts_;
    observe::listener_row& row_;
    files files_;
    settling settling_;
    asio::steady_timer pause_;
    asio::steady_timer limit_;
    asio::thread_pool disk_{1};
    asio::cancellation_signal cancel_;
    std::map<seen_file, reply> answered_{};  // but not moved yet: never taken twice
    std::function<void()> done_{};
    std::shared_ptr<picker> before_{};  // in this folder until a reload
    bool running_ = false;
    bool stopping_ = false;
};

error_code picker::open()
{
    const auto failed = files_.prepare();
    if (failed)
        row_.last_error.set(given_.path + ": " + failed.message());
    return failed;
}

error_code picker::start()
{
    if (const auto failed = open())
        return failed;
    row_.kind.set("folder");
    row_.address.set(given_.path);
    row_.state.set("listening");
    running_ = true;
    log.info("folder.listening", {{"listener", given_.from.name}, {"folder", given_.path}});
    auto running = run(shared_from_this());
    auto when_ended = [self = shared_from_this()](std::exception_ptr) {
        self->running_ = false;
        if (self->stopping_)
            self->finish();
    };
    asio::co_spawn(parts_.context, std::move(running), asio::bind_cancellation_slot(cancel_.slot(), std::move(when_ended)));
    return {};
}

asio::awaitable<void> picker::run(std::shared_ptr<picker>)
{
    while (!stopping_) {
        if (before_ && before_->running_) {
            co_await sleep_for(20ms);
            continue;
        }
        before_.reset();
        if (parts_.intake.ready())
            co_await look();
        else
            row_.state.set("closed: " + parts_.board.not_ready().get());
        if (stopping_)
            break;
        pause_.expires_after(given_.poll);
        co_await pause_.async_wait(no_throw);
    }
}

template <typename Work>
asio::awaitable<std::invoke_result_t<Work>> picker::on_disk(Work work)
{
    auto calling = call(std::move(work));
    auto executor = disk_.get_executor();
    co_return co_await asio::co_spawn(executor, std::move(calling), asio::use_awaitable);
}

asio::awaitable<void> picker::look()
{
    auto listing = [this] { return files_.list(most_listed); };
    const auto there = co_await on_disk(listing);
    if (!there) {
        row_.state.set("not listening");
        fail("the folder can't be read", there.error());
        co_return;
    }
    row_.state.set("listening");
    auto complete = settling_.complete(*there, settling::clock::now());
    for (auto& file : complete) {
        if (stopping_)
            break;
        const bool done = co_await take(std::move(file));
        if (!done)
            break;
    }
}

// One file from its bytes to its place; false when nothing more should be taken now.
asio::awaitable<bool> picker::take(seen_file file)
{
    auto known = answered_.extract(file);
    if (!known) {
        auto said = co_await ask(file);
        if (!said) {
            fail("a file can't be read", said.error());
            co_return true;  // the others can be
        }
        if (said->what == reply::kind::unavailable)
            co_return false;
        reply got = std::move(*said);
        const bool moved = co_await put_away(std::move(file), std::move(got));
        co_return moved;
    }
    reply before = std::move(known.mapped());
    const bool moved = co_await put_away(std::move(file), std::move(before));
    co_return moved;
}

asio::awaitable<result<reply>> picker::ask(const seen_file& file)
{
    auto reading = [this, name = file.name] { return files_.read(name, given_.max_file); };
    auto bytes = co_await on_disk(reading);
    if (!bytes)
        co_return bytes.error();
    if (bytes->size() > given_.max_file) {
        model::issue why{.code = "too-long"};
        why.diagnostics = "the file is larger than this listener allows, " + std::to_string(given_.max_file) + " bytes";
        auto said = parts_.intake.refuse(given_.from.name, std::string_view(*bytes).substr(0, 4096), why);
        said.what = reply::kind::rejected;
        said.found = {why};
        co_return said;
    }
    model::received message;
    message.bytes = std::move(*bytes);
    message.listener = given_.from.name;
    message.sender = given_.from.name;
    message.peer = "folder";
    message.at = now();
    auto said = co_await parts_.intake.accept(std::move(message));
    co_return said;
}

std::string reason(const reply& said)
{
    std::string text;
    for (const auto& one : said.found)
        if (one.level <= model::severity::error)
            text += to_text(one) + '\n';
    if (!text.empty())
        return text;
    return said.what == reply::kind::forbidden ? "this sender may not send here\n" : "the message was refused\n";
}

// A file that can't be moved stays and is kept in mind, so that it is not taken again.
asio::awaitable<bool> picker::put_away(seen_file file, reply said)
{
    const bool stored = said.what == reply::kind::stored;
    auto moving = [this, stored, name = file.name, why = stored ? std::string() : reason(said)] {
        return stored ? files_.move(name, "done") : files_.refuse(name, why);
    };
    const auto failed = co_await on_disk(moving);
    if (!failed || failed == boost::system::errc::no_such_file_or_directory)
        co_return true;
    fail("a file was taken and can't be moved away", failed);
    answered_.emplace(std::move(file), std::move(said));
    co_return answered_.size() < most_listed;
}

// No file names: senders put patients' names into them.
void picker::fail(std::string_view what, error_code why)
{
    const auto text = std::string(what) + ": " + why.message();
    if (row_.last_error.get() != text)  // once, not at every look
        log.warn("folder.failed", {{"listener", given_.from.name}, {"reason", text}});
    row_.last_error.set(text);
}

void picker::stop(milliseconds limit, std::function<void()> done)
{
    done_ = std::move(done);
    stopping_ = true;
    row_.state.set("not listening");
    pause_.cancel();
    if (!running_)
        return finish();
    limit_.expires_after(limit);
    limit_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (!cancelled)
            self->end();
    });
}

void picker::end()
{
    stopping_ = true;
    cancel_.emit(asio::cancellation_type::terminal);
    finish();
}

void picker::finish()
{
    pause_.cancel();
    limit_.cancel();
    if (done_)
        asio::post(parts_.context, std::exchange(done_, {}));
}

class folder_listener final : public listener {
public:
    folder_listener(options given, listener_parts parts) : picker_(std::make_shared<picker>(std::move(given), parts)) {}
    ~folder_listener() override { picker_->end(); }
    error_code open(std::span<listener* const> leaving) override
    {
        for (auto* one : leaving) {
            if (auto* other = dynamic_cast<folder_listener*>(one))
                picker_->wait_for(other->picker_);
        }
        return picker_->open();
    }
    error_code start() override { return picker_->start(); }
    void stop(milliseconds limit, std::function<void()> done) override { picker_->stop(limit, std::move(done)); }

private:
    std::shared_ptr<picker> picker_;
};

}  // namespace

std::unique_ptr<listener> make_listener(settings::listener from, listener_parts parts, model::issues& found)
{
    auto given = read_options(std::move(from), found);
    if (!given)
        return nullptr;
    return std::make_unique<folder_listener>(std::move(*given), parts);
}

}  // namespace tieline::transport::folder
