#include "broker/app/send/run.hpp"

#include "broker/app/send/report.hpp"
#include "broker/base/async.hpp"
#include "broker/base/time.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>

namespace tieline::app::send {
namespace {

using clock = std::chrono::steady_clock;

/// The messages of a run, handed out one by one, in order and no faster than the plan allows.
class source {
public:
    explicit source(const plan& from) : plan_(from), total_(from.messages.size() * from.repeat), due_(clock::now())
    {
        std::random_device random;
        char run[16]{};
        std::snprintf(run, sizeof run, "%08X", static_cast<unsigned>(random()));
        run_ = run;
    }
    std::uint64_t total() const { return total_; }
    void end() { next_ = total_; }

    std::optional<message> next()
    {
        if (next_ == total_)
            return std::nullopt;
        message one = plan_.messages[next_++ % plan_.messages.size()];
        if (plan_.new_ids)
            one.bytes = with_control_id(one.bytes, run_ + '-' + std::to_string(next_));
        return one;
    }

    /// How long the next message must wait.
    clock::duration wait()
    {
        if (plan_.rate <= 0)
            return {};
        const auto now = clock::now();
        const auto at = due_;
        due_ = std::max(due_, now - std::chrono::seconds(1)) +
               std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / plan_.rate));
        return std::max(at - now, clock::duration());
    }

private:
    const plan& plan_;
    std::uint64_t total_;
    std::uint64_t next_ = 0;
    clock::time_point due_;
    std::string run_;
};

// That the receiver is not there will be no better for the next message.
bool is_unreachable(const error_code& failed)
{
    return failed == asio::error::connection_refused || failed == asio::error::host_not_found || failed == asio::error::host_unreachable ||
           failed == asio::error::network_unreachable || failed.category() == asio::error::get_ssl_category();
}

asio::awaitable<void> run_connection(std::unique_ptr<courier> by, source& from, report& to, std::chrono::milliseconds limit)
{
    for (;;) {
        const auto pause = from.wait();
        if (pause > clock::duration())
            co_await sleep_for(pause);
        auto one = from.next();
        if (!one)
            co_return;
        auto id = control_id(one->bytes);
        const auto begun = clock::now();
        const auto got = co_await by->take(std::move(one->bytes), id, limit);
        to.add(one->file, id, got, std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begun));
        if (!got && is_unreachable(got.error()))
            from.end();
    }
}

}  // namespace

result<tally> run(const plan& from, std::ostream& out)
{
    asio::io_context context(1);
    source messages(from);
    report to(out, from.json, from.progress, messages.total());
    const auto count = std::min<std::uint64_t>(from.connections, std::max<std::uint64_t>(messages.total(), 1));
    for (std::uint64_t i = 0; i < count; i++) {
        auto by = make_courier(context.get_executor(), from.where);
        if (!by)
            return by.error();
        auto connection = run_connection(std::move(*by), messages, to, from.timeout);
        asio::co_spawn(context, std::move(connection), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
    }
    const auto begun = clock::now();
    context.run();
    auto done = to.finish();
    done.took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begun);
    return done;
}

std::string summary(const tally& of)
{
    const auto all = of.positive + of.refused + of.failed;
    const double seconds = std::max(static_cast<double>(of.took.count()) / 1e6, 1e-6);
    auto sorted = of.microseconds;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&sorted](double part) {
        const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
        return to_text(std::chrono::microseconds(sorted[index]));
    };
    std::string text = std::to_string(all) + " sent in " + to_text(of.took) + " (" +
                       std::to_string(static_cast<std::uint64_t>(static_cast<double>(all) / seconds)) + "/s): " +
                       std::to_string(of.positive) + " positive, " + std::to_string(of.refused) + " refused";
    if (of.failed)
        text += ", " + std::to_string(of.failed) + " failed";
    if (!sorted.empty())
        text += "; answered in " + at(0.5) + " (p50), " + at(0.99) + " (p99)";
    return text;
}

}  // namespace tieline::app::send
