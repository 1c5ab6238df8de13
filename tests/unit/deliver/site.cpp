#include "tests/unit/deliver/site.hpp"

#include "broker/base/async.hpp"
#include "broker/deliver/discard/discard.hpp"
#include "broker/deliver/folder/folder.hpp"
#include "broker/deliver/mllp/mllp.hpp"
#include "broker/journal/journal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <thread>

namespace tieline::tests {
namespace {

using namespace std::chrono_literals;

class scripted final : public deliver::destination {
public:
    explicit scripted(std::shared_ptr<script> by) : by_(std::move(by)) {}

    asio::awaitable<deliver::attempt> send(deliver::parcel one) override
    {
        begin(one);
        const auto takes = by_->takes.load();
        if (takes > 0ms)
            co_await sleep_for(takes);
        co_return end(one);
    }
    std::string address() const override { return "a script"; }

private:
    void begin(const deliver::parcel& one)
    {
        std::lock_guard lock(by_->mutex);
        by_->sent.push_back(one);
        by_->most_at_once = std::max(by_->most_at_once, ++by_->at_once);
        if (by_->keys[one.bytes]++ > 0)
            by_->overlapping.push_back(one.id);
    }
    deliver::attempt end(const deliver::parcel& one)
    {
        std::lock_guard lock(by_->mutex);
        by_->at_once--;
        by_->keys[one.bytes]--;
        return by_->react ? by_->react(one) : deliver::attempt{.what = deliver::attempt::verdict::delivered, .answer = "AA"};
    }

    std::shared_ptr<script> by_;
};

}  // namespace

std::vector<deliver::parcel> script::got()
{
    std::lock_guard lock(mutex);
    return sent;
}

std::size_t script::most()
{
    std::lock_guard lock(mutex);
    return most_at_once;
}

std::size_t script::overlaps()
{
    std::lock_guard lock(mutex);
    return overlapping.size();
}

std::vector<std::uint64_t> script::offsets()
{
    std::lock_guard lock(mutex);
    std::vector<std::uint64_t> all;
    for (const auto& one : sent)
        all.push_back(one.at.value);
    return all;
}

std::size_t script::count()
{
    std::lock_guard lock(mutex);
    return sent.size();
}

void script::answer(reaction with)
{
    std::lock_guard lock(mutex);
    react = std::move(with);
}

site::site()
{
    auto opened = store::store::open(folder_.path());
    REQUIRE(opened.has_value());
    store_ = std::move(*opened);
    board_ = std::make_unique<observe::board>();
}

site::~site() { stop(); }

std::vector<std::string> site::shown()
{
    std::vector<std::string> names;
    for (const auto& [name, row] : board_->destinations())
        names.push_back(name);
    return names;
}

deliver::registry site::kinds()
{
    deliver::registry made;
    made.add("discard", deliver::discard::make_destination);
    made.add("folder", deliver::folder::make_destination);
    made.add("mllp", deliver::mllp::make_destination);
    made.add("scripted", [this](settings::destination from, asio::io_context&, model::issues& found) -> std::unique_ptr<deliver::destination> {
        auto& known = scripts_[from.name];
        if (!known)
            known = std::make_shared<script>();
        from.options.text("note");
        if (!from.options.finish(found))
            return nullptr;
        return std::make_unique<scripted>(known);
    });
    return made;
}

std::vector<settings::destination> site::read(const std::string& destinations)
{
    model::issues found;
    auto given = settings::parse("listeners: {}\nroutes: []\ndestinations:\n  " + destinations + "\n", "test.yaml", found);
    for (const auto& one : found)
        INFO(model::to_text(one));
    return given.destinations;
}

void site::start(const std::string& destinations, model::issues* found)
{
    model::issues own;
    const auto given = read(destinations);
    for (const auto& one : given) {
        if (one.kind == "scripted" && !scripts_[one.name])
            scripts_[one.name] = std::make_shared<script>();
    }
    dispatcher_ = deliver::start(given, kinds(), {.store = *store_, .board = *board_, .node = "tie1",
                                                  .release_message = [this](offset at) { released_messages.push_back(at.value); }},
                                 found ? *found : own);
}

void site::stop(std::chrono::milliseconds limit)
{
    if (dispatcher_)
        dispatcher_->stop(limit);
    dispatcher_.reset();
    board_ = std::make_unique<observe::board>();
}

void site::put(const std::string& destination, std::vector<std::uint64_t> offsets, const std::string& key)
{
    std::vector<deliver::queued> rows;
    for (const auto at : offsets)
        rows.push_back({.destination = destination, .at = {at}, .what = {.key = key, .since = now()}});
    put_rows(std::move(rows));
}

void site::put_rows(std::vector<deliver::queued> rows, bool with_content, bool tell)
{
    store::batch changes;
    for (const auto& one : rows) {
        deliver::put_delivery(changes, one);
        // The script sees of a message only its bytes: they are its key.
        if (with_content)
            journal::put_outcome(changes, one.at, {.patient_key = one.what.key}, one.what.key);
    }
    REQUIRE_FALSE(store_->commit(std::move(changes), store::durability::buffered));
    if (dispatcher_ && tell)
        dispatcher_->offer(std::move(rows));
}

std::uint64_t site::journal_message(const std::string& bytes)
{
    const auto to = journal::open(*store_, {.data = folder_.path()});
    asio::io_context context;
    std::uint64_t at = 0;
    const auto append = [&]() -> asio::awaitable<void> {
        journal::submission given;
        given.entry->message = {.bytes = bytes, .listener = "pas", .at = now()};
        auto appending = to->append(std::move(given));
        const auto stored = co_await std::move(appending);
        at = stored ? stored->at.value : 0;
    };
    asio::co_spawn(context, append(), [](std::exception_ptr) {});
    context.run();
    to->stop();
    REQUIRE(at > 0);
    return at;
}

std::vector<std::uint64_t> site::listed(const std::string& destination, model::delivery_state state)
{
    const auto rows = deliver::list(*store_, destination, state, 100'000);
    REQUIRE(rows.has_value());
    std::vector<std::uint64_t> all;
    for (const auto& one : *rows)
        all.push_back(one.at.value);
    return all;
}

std::vector<journal::trace_line> site::story(std::uint64_t at, std::size_t lines)
{
    std::vector<journal::trace_line> found;
    REQUIRE(eventually([&] {
        found = journal::read_trace(*store_, {at}).value();
        return found.size() >= lines;
    }));
    return found;
}

std::string site::order(deliver::order::kind what, const std::string& destination, std::uint64_t at)
{
    return dispatcher_->carry_out({.what = what, .destination = destination, .at = {at}, .reason = "as agreed", .who = "uid 1000"});
}

}  // namespace tieline::tests
