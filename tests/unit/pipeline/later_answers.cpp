#include "broker/pipeline/later_answers.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <vector>

using namespace tieline;
using pipeline::later_answers;

namespace {

class noting final : public transport::way_back {
public:
    explicit noting(boost::asio::io_context& on) : on_(on) {}
    void say(std::string bytes) override { said.push_back(std::move(bytes)); }
    boost::asio::any_io_executor thread() const override { return on_.get_executor(); }
    std::vector<std::string> said{};

private:
    boost::asio::io_context& on_;
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("later answers: are said once they are there, whoever comes first", "[pipeline]")
{
    boost::asio::io_context context;
    observe::listener_row row;
    const auto over = std::make_shared<noting>(context);
    later_answers answers;
    answers.wait({1}, over, row);
    answers.complete({1}, "one");
    answers.complete({2}, "two");
    answers.wait({2}, over, row);
    CHECK(over->said.empty());  // on the connection's own thread alone
    context.run();
    CHECK(over->said == texts{"one", "two"});
    CHECK(row.application_acks.get() == 2);
}

TEST_CASE("later answers: to a connection that is gone are dropped and counted, and there for the next", "[pipeline]")
{
    boost::asio::io_context context;
    observe::listener_row row;
    auto over = std::make_shared<noting>(context);
    later_answers answers;
    answers.wait({1}, over, row);
    over.reset();
    answers.complete({1}, "one");
    context.run();
    CHECK(row.application_acks_lost.get() == 1);
    CHECK(answers.known({1}));
    over = std::make_shared<noting>(context);
    answers.wait({1}, over, row);
    context.restart();
    context.run();
    CHECK(over->said == texts{"one"});
}

TEST_CASE("later answers: an empty one ends the waiting, and only the latest are kept", "[pipeline]")
{
    boost::asio::io_context context;
    observe::listener_row row;
    const auto over = std::make_shared<noting>(context);
    later_answers answers;
    answers.wait({1}, over, row);
    answers.complete({1}, "");
    for (std::uint64_t at = 2; at <= 5'000; at++)
        answers.complete({at}, "more");
    context.run();
    CHECK(over->said.empty());
    CHECK_FALSE(answers.known({1}));
    CHECK(answers.known({5'000}));
}
