#include "tests/unit/ops/desk.hpp"

#include "broker/base/async.hpp"
#include "broker/journal/journal.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/ops/admin/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <thread>

namespace tieline::tests {
namespace {

using namespace std::chrono_literals;

class choosy final : public deliver::destination {
public:
    explicit choosy(std::shared_ptr<std::atomic<bool>> accepts) : accepts_(std::move(accepts)) {}
    asio::awaitable<deliver::attempt> send(deliver::parcel) override
    {
        deliver::attempt said{.what = deliver::attempt::verdict::hold, .answer = "AE 204", .reason = "the receiver calls it wrong"};
        if (*accepts_)
            said = {.what = deliver::attempt::verdict::delivered, .answer = "AA"};
        co_return said;
    }
    std::string address() const override { return "lab:2600"; }
    bool needs_content() const override { return false; }

private:
    std::shared_ptr<std::atomic<bool>> accepts_;
};

deliver::registry kinds(std::shared_ptr<std::atomic<bool>> accepts)
{
    deliver::registry made;
    const auto add = [&made](const char* kind, std::shared_ptr<std::atomic<bool>> takes) {
        made.add(kind, [takes](settings::destination from, asio::io_context&, model::issues& found) -> std::unique_ptr<deliver::destination> {
            if (!from.options.finish(found))
                return nullptr;
            return std::make_unique<choosy>(takes);
        });
    };
    add("choosy", std::move(accepts));
    add("open", std::make_shared<std::atomic<bool>>(true));
    return made;
}

constexpr auto configured = R"(node: tie1
listeners:
  pas: {mllp: {port: 2575}, adapter: hl7v2}
routes:
  - {name: admissions, when: {type: ADT, source: pas}, topic: adt, to: [lab]}
destinations:
  lab: {choosy: {}}
  archive: {open: {}}
)";

}  // namespace

desk::desk(const std::string& more) : data(folder.path() + "/data")
{
    auto opened = store::store::open(data, {.node = "tie1"});
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    model::issues unused;
    given = std::make_shared<settings::configuration>(settings::parse(std::string(configured) + more + "data: " + data + "\n", "test.yaml", unused));
    dispatcher = deliver::start(given->destinations, kinds(accepts), {.store = *store, .board = board, .node = "tie1", .release_message = [](offset) {}},
                                found);
    REQUIRE(dispatcher);
    board.listener("pas").kind.set("mllp");
    board.listener("pas").state.set("listening");
    board.route("admissions").topic.set("tieline.adt");
    board.route("admissions").sources.set("pas");
    board.route("admissions").destinations.set("lab,archive");
    board.bus().kind.set("embedded");
    board.bus().state.set("up");
    board.bus().up.set(1);
}

desk::~desk()
{
    dispatcher->stop(1s);
    ops_.reset();
}

ops::parts desk::parts()
{
    return {.store = *store, .board = board, .dispatcher = *dispatcher, .configuration = [this] { return given; }};
}

void desk::open() { ops_ = ops::start(parts(), found); }

offset desk::stored(const std::string& control_id, bool refused, const std::string& bytes)
{
    const auto to = journal::open(*store, {.disk_reserve = 0});
    asio::io_context context;
    offset at;
    const auto append = [&]() -> asio::awaitable<void> {
        journal::submission one{.control_id = control_id, .type = "ADT^A01", .duplicate_window = 1h};
        one.entry->message = {.bytes = bytes, .listener = "pas", .peer = "10.1.0.7:51234", .sender = "pas", .at = now()};
        one.entry->refused = refused;
        if (refused)
            one.found.push_back({.diagnostics = "its type is not accepted"});
        auto appending = to->append(std::move(one));
        const auto receipt = co_await std::move(appending);
        at = receipt ? receipt->at : offset{};
    };
    asio::co_spawn(context, append(), [](std::exception_ptr) {});
    context.run();
    to->stop();
    REQUIRE(at.value > 0);
    return at;
}

bool desk::holds(std::size_t count, const std::string& destination)
{
    return eventually([&] { return deliver::list(*store, destination, model::delivery_state::held, 100)->size() == count; });
}

void desk::outcome(offset at, const model::outcome& what)
{
    store::batch changes;
    journal::put_outcome(changes, at, what, "");
    REQUIRE_FALSE(store->commit(std::move(changes), store::durability::buffered));
}

offset desk::message(const std::string& control_id, const std::string& destination, const std::string& bytes)
{
    const auto at = stored(control_id, false, bytes);
    model::outcome what{.state = model::message_state::published, .normalised_at = now(), .published_at = now(), .patient_key = "00112233445566ff"};
    what.decision.topics = {{.topic = "adt", .route = "admissions", .purpose = "direct-care"}};
    what.decision.reasons = {{.route = "admissions", .matched = true, .why = "type ADT"}};
    what.places = {{.topic = "tieline.adt", .partition = 2, .position = 17}};
    what.found = {{.level = model::severity::warning, .code = "value", .at = "PID-7", .diagnostics = "not a date"}};
    if (!destination.empty())
        what.decision.destinations = {{.destination = destination, .route = "admissions", .purpose = "direct-care"}};
    outcome(at, what);
    if (!destination.empty()) {
        store::batch changes;
        std::vector<deliver::queued> rows{{.destination = destination, .at = at, .what = {.key = what.patient_key, .since = now()}}};
        deliver::put_delivery(changes, rows[0]);
        REQUIRE_FALSE(store->commit(std::move(changes), store::durability::buffered));
        dispatcher->offer(std::move(rows));
    }
    return at;
}

std::string desk::http(const std::string& request)
{
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::make_address("127.0.0.1"), ops_->port()});
    error_code failed;
    asio::write(socket, asio::buffer(request), failed);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), failed);
    return answer;
}

rapidjson::Document desk::admin(const std::string& line)
{
    const auto said = ops::admin::ask(data, line, 20s);
    REQUIRE(said.has_value());
    return json_of(*said);
}

rapidjson::Document json_of(const std::string& text)
{
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    INFO(text);
    REQUIRE_FALSE(parsed.HasParseError());
    return parsed;
}

}  // namespace tieline::tests
