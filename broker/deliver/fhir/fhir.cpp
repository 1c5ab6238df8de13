#include "broker/deliver/fhir/fhir.hpp"

#include "broker/base/async.hpp"
#include "broker/base/digest.hpp"
#include "broker/deliver/answers.hpp"
#include "broker/deliver/connections.hpp"
#include "broker/deliver/fhir/retry_after.hpp"
#include "broker/deliver/fhir/wanted.hpp"
#include "broker/deliver/no_answer.hpp"
#include "broker/deliver/only_for.hpp"
#include "broker/transport/http/client.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cctype>

namespace tieline::deliver::fhir {
namespace {

using transport::http::client;
using transport::http::client_options;
using transport::http::response;
using headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view own_headers[] = {"content-type", "content-length", "transfer-encoding", "host", "connection"};

const std::string* find(const headers& in, std::string_view name)
{
    const auto found = std::find_if(in.begin(), in.end(), [name](const auto& one) { return one.first == name; });
    return found == in.end() ? nullptr : &found->second;
}

class server final : public destination {
public:
    server(const settings::destination& from, interaction how, client_options to, std::string url, answers table,
           asio::io_context& context)
        : address_(std::move(url)), base_(to.to.path), how_(how), table_(std::move(table)), headers_(from.headers),
          timeout_(from.timeout),
          open_([to = std::move(to), &context] { return transport::http::make_client(context.get_executor(), to); })
    {
    }

    asio::awaitable<attempt> send(parcel one) override
    {
        auto made = make_request(how_, base_, std::move(one.bytes));
        if (!made.why_not.empty())
            co_return attempt{.what = attempt::verdict::hold, .reason = made.why_not};
        add_headers(made.request, one);
        auto connection = open_.take();
        if (!connection)
            co_return no_answer(connection.error());
        auto exchanging = (*connection)->exchange(std::move(made.request), timeout_);
        const auto answer = co_await std::move(exchanging);
        if (!answer)
            co_return no_answer(answer.error());
        open_.give_back(std::move(*connection));
        co_return judge(*answer, one);
    }

    std::string address() const override { return address_; }
    void close() override { open_.close(); }

private:
    void add_headers(transport::http::request& to, const parcel& one) const
    {
        to.headers = headers_;
        to.headers.emplace_back("Content-Type", "application/fhir+json");
        to.headers.emplace_back("Accept", "application/fhir+json");
        to.headers.emplace_back("X-Request-Id", uuid_v5(one.id));
    }

    attempt judge(const response& answer, const parcel& one) const
    {
        auto came = table_.of_http(answer.status, one);
        if (const auto* asked = find(answer.headers, "retry-after"); asked && came.what == attempt::verdict::retry) {
            came.retry_after = read_retry_after(*asked, now());
            came.destination_down = came.destination_down || came.retry_after;
        }
        if (how_ == interaction::process_message && came.what == attempt::verdict::delivered)
            read_response(came, answer.body);
        return came;
    }

    // HTTP says that the server has it, the message inside what became of it.
    static void read_response(attempt& came, std::string_view body)
    {
        const auto code = response_code(body);
        if (code != "fatal-error" && code != "transient-error")
            return;
        came.answer += " " + code;
        came.what = code == "fatal-error" ? attempt::verdict::hold : attempt::verdict::retry;
        came.reason = came.what == attempt::verdict::hold ? "the receiver says that the message is wrong"
                                                          : "the receiver can't take it now";
    }

    std::string address_;
    std::string base_;
    interaction how_;
    answers table_;
    headers headers_;
    std::chrono::milliseconds timeout_;
    connections<client> open_;
};

std::string lower_case(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

void check_headers(const settings::destination& from, model::issues& found)
{
    const auto refuse = [&](const std::string& name, const char* why) {
        found.push_back({.at = from.at, .diagnostics = "destination " + from.name + ": header " + name + why});
    };
    for (const auto& [name, value] : from.headers) {
        if (std::find(std::begin(own_headers), std::end(own_headers), lower_case(name)) != std::end(own_headers))
            refuse(name, " is Tieline's own to set");
        if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
            refuse(name, " holds a control character");
    }
}

interaction to_interaction(const std::string& word)
{
    if (word == "bundle")
        return interaction::bundle;
    if (word == "transaction")
        return interaction::transaction;
    if (word == "conditional-transaction")
        return interaction::conditional_transaction;
    return word == "resource" ? interaction::resource : interaction::process_message;
}

}  // namespace

std::unique_ptr<destination> make_destination(settings::destination from, asio::io_context& context, model::issues& found)
{
    auto& options = from.options;
    client_options to;
    const auto text = options.required("url", "an http or https URL");
    const auto url = transport::http::parse_url(text);
    if (url)
        to.to = *url;
    else if (!text.empty())
        options.fault("url", "url: expected http://host[:port]/path or https://…, without user, query and fragment");
    const auto how = to_interaction(options.one_of("send", "process-message", {"process-message", "transaction", "conditional-transaction", "bundle", "resource"}));
    to.tls = transport::tls::read_client(options);
    if (to.to.secure && !to.tls)
        to.tls.emplace();
    if (to.tls && url && !to.to.secure)
        options.fault("tls", "tls: expected only with an https URL");
    auto table = answers::read_http(options);
    model::issues own;
    check_headers(from, own);
    const bool fits = refuse_set(from, own) && own.empty();
    found.insert(found.end(), own.begin(), own.end());
    if (!options.finish(found) || !fits)
        return nullptr;
    return std::make_unique<server>(from, how, std::move(to), text, std::move(table), context);
}

}  // namespace tieline::deliver::fhir
