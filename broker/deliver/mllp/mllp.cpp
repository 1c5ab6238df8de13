#include "broker/deliver/mllp/mllp.hpp"

#include "broker/base/async.hpp"
#include "broker/base/sabotage.hpp"
#include "broker/deliver/answers.hpp"
#include "broker/deliver/connections.hpp"
#include "broker/deliver/mllp/reply.hpp"
#include "broker/deliver/mllp/rewrite.hpp"
#include "broker/deliver/mllp/segment.hpp"
#include "broker/deliver/no_answer.hpp"
#include "broker/deliver/only_for.hpp"
#include "broker/transport/mllp/client.hpp"

#include <boost/asio/io_context.hpp>

namespace tieline::deliver::mllp {
namespace {

using transport::mllp::client;
using transport::mllp::client_options;

constexpr std::size_t most_reply = 1U << 20;  // bytes of an acknowledgment

/// What is said of a message that is not v2, or has no MSH-10 that an acknowledgment could name.
attempt not_sendable(std::string reason) { return {.what = attempt::verdict::hold, .reason = std::move(reason)}; }

attempt not_ours(std::string reason)
{
    return {.what = attempt::verdict::retry, .reason = std::move(reason), .destination_down = true};
}

class receiver final : public destination {
public:
    receiver(client_options to, answers table, rewrite changes, std::chrono::milliseconds timeout, asio::io_context& context)
        : address_(to.host + ":" + std::to_string(to.port)), table_(std::move(table)), changes_(std::move(changes)),
          timeout_(timeout),
          open_([to = std::move(to), &context] { return transport::mllp::make_client(context.get_executor(), to); })
    {
    }

    asio::awaitable<attempt> send(parcel one) override
    {
        const std::string id(control_id(one.bytes));
        if (id.empty())
            co_return not_sendable("it is no v2 message with an MSH-10");
        auto connection = open_.take();
        if (!connection)
            co_return no_answer(connection.error());
        if (one.form == model::content::acknowledgment) {
            auto telling = tell(std::move(*connection), std::move(one));
            co_return co_await std::move(telling);
        }
        auto exchanging = (*connection)->exchange(changes_.apply(std::move(one.bytes)), timeout_);
        const auto frame = co_await std::move(exchanging);
        if (!frame)
            co_return no_answer(frame.error());
        // A connection on which another's answer came, or what is none, is closed: the answers behind it can't be trusted.
        const auto answer = read_reply(*frame);
        if (!answer)
            co_return not_ours("the answer is no acknowledgment");
        if (answer->control_id != id && !sabotaged("credit-foreign"))
            co_return not_ours("the acknowledgment is for another message");
        open_.give_back(std::move(*connection));
        co_return table_.of_v2(answer->acknowledgment, answer->code, one);
    }

    std::string address() const override { return address_; }
    void close() override { open_.close(); }

private:
    // An acknowledgment is never acknowledged (HL7 v2.5.1 §2.9.3.2): it is delivered when the receiver's machine has it.
    asio::awaitable<attempt> tell(std::unique_ptr<client> over, parcel one)
    {
        auto telling = over->tell(changes_.apply(std::move(one.bytes)), timeout_);
        const auto failed = co_await std::move(telling);
        if (failed)
            co_return no_answer(failed);
        open_.give_back(std::move(over));
        co_return attempt{.what = attempt::verdict::delivered, .answer = "written"};
    }

    std::string address_;
    answers table_;
    rewrite changes_;
    std::chrono::milliseconds timeout_;
    connections<client> open_;
};

}  // namespace

std::unique_ptr<destination> make_destination(settings::destination from, asio::io_context& context, model::issues& found)
{
    auto& options = from.options;
    client_options to;
    to.host = options.required("host", "a host name or an address");
    options.required("port", "a port from 1 to 65535");
    to.port = static_cast<std::uint16_t>(options.integer("port", 0, 1, 65'535));
    to.max_frame = most_reply;
    to.tls = transport::tls::read_client(options);
    auto table = answers::read_v2(options);
    model::issues own;
    rewrite changes(from, own);
    const bool fits = refuse_headers(from, own) && own.empty();
    found.insert(found.end(), own.begin(), own.end());
    if (!options.finish(found) || !fits)
        return nullptr;
    return std::make_unique<receiver>(std::move(to), std::move(table), std::move(changes), from.timeout, context);
}

}  // namespace tieline::deliver::mllp
