#include "broker/journal/journal.hpp"

#include "broker/base/pack.hpp"
#include "broker/journal/keys.hpp"
#include "broker/journal/writer.hpp"
#include "broker/store/entry.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tieline::journal {
namespace {

namespace asio = boost::asio;

/// Hands the message to the writer once the coroutine is suspended.
struct submit_to {
    writer* to;

    template <typename Handler>
    void operator()(Handler handler, std::unique_ptr<waiting> one) const
    {
        auto executor = asio::get_associated_executor(handler);
        one->session = std::make_unique<waiter_of<Handler>>(std::move(handler));
        one->session->executor = std::move(executor);
        to->submit(std::move(one));
    }
};

constexpr std::string_view begin_key = "begin";
constexpr std::uint64_t stride = 1'000'000'000'000;  // years of messages

/// The greatest offset that has an entry, or was published once: an offset is never used again.
offset newest(store::store& in, offset published)
{
    const auto last = in.last_key(store::family::entry, {}, {});
    if (!last)
        throw boost::system::system_error(last.error(), "the journal's last entry");
    const auto begin = in.get(store::family::cursor, begin_key);
    if (!begin)
        throw boost::system::system_error(begin.error(), "where the journal begins");
    const offset before_begin{*begin ? unpacker(**begin).number() - 1 : 0};
    return std::max({*last ? offset{read_big_endian(**last)} : offset{}, published, before_begin});
}

class durable_journal final : public journal {
public:
    durable_journal(store::store& in, const options& given, offset last)
        : ring_(in, given.from, last, given.ring_bytes), writer_(in, given, last, ring_)
    {
    }

    asio::awaitable<result<receipt>> append(submission given) override
    {
        auto one = std::make_unique<waiting>(std::move(given));
        const submit_to initiate{&writer_};
        auto written = asio::async_initiate<const asio::use_awaitable_t<>, void(result<receipt>)>(
            initiate, asio::use_awaitable, std::move(one));
        co_return co_await std::move(written);
    }

    entries next(std::chrono::milliseconds limit) override { return ring_.next(limit); }
    offset last() const override { return ring_.last(); }
    bool has_room() const override { return writer_.has_room(); }
    std::size_t bytes_in_flight() const override { return writer_.bytes_waiting() + ring_.bytes(); }
    void stop() override { writer_.stop(); }

private:
    ring ring_;
    writer writer_;
};

}  // namespace

std::unique_ptr<journal> open(store::store& in, options given)
{
    return std::make_unique<durable_journal>(in, given, newest(in, given.from));
}

offset begin_again_after(offset last) { return {(last.value / stride + 1) * stride + 1}; }

void put_begin(store::batch& in, offset first) { in.put(store::family::cursor, begin_key, packer().number(first.value).take()); }

result<model::entry> read(store::store& from, offset at) { return store::read_entry(from, at); }

void settle(store::batch& in, const model::entry& entry, std::string_view control_id, bool positive)
{
    if (!control_id.empty())
        in.put(store::family::answer, settled_key(answer_key_of(entry.message.sender, control_id), entry.at),
               positive ? "1" : "0");
}

result<std::vector<offset>> find_control_id(store::store& from, std::string_view control_id, std::size_t most)
{
    std::vector<offset> found;
    const auto prefix = control_id_prefix(control_id);
    const auto error = from.scan_back(store::family::index, prefix, prefix + store::key_of(~0ULL),
                                      [&](std::string_view key, std::string_view) {
                                          if (found.size() < most)
                                              found.push_back({read_big_endian(key.substr(prefix.size()))});
                                          return found.size() < most;
                                      });
    if (error)
        return error;
    return found;
}

}  // namespace tieline::journal
