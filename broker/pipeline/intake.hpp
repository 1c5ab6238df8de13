#pragma once

#include "broker/journal/journal.hpp"
#include "broker/observe/board.hpp"
#include "broker/pipeline/later_answers.hpp"
#include "broker/pipeline/pacer.hpp"
#include "broker/pipeline/verdicts.hpp"
#include "broker/pipeline/ways.hpp"
#include "broker/store/store.hpp"
#include "broker/transport/intake.hpp"

#include <memory>

namespace tieline::pipeline {

/// What the intake borrows; all outlive it.
struct intake_parts {
    store::store& store;
    journal::journal& journal;
    observe::board& board;
    pipeline::pacer& pacer;
    pipeline::verdicts& verdicts;
    pipeline::later_answers& later;
    std::string node{};
};

/// Takes messages from transports: opens, checks who and what, makes durable, answers (design, section 7). Each message of a batch
/// is an entry of its own. Lives on the Asio thread of the transports.
class intake final : public transport::intake {
public:
    intake(intake_parts parts, std::shared_ptr<const ways> listeners);

    asio::awaitable<transport::reply> accept(model::received message) override;
    transport::reply refuse(std::string_view listener, std::string_view head, model::issue why) override;
    bool ready() const override;
    std::optional<std::string> status(std::string_view listener, std::string_view sender, std::string_view id) override;
    void follow(std::string_view listener, std::string_view id, std::weak_ptr<transport::way_back> over) override;

    /// Goes on with another table, after a reload. On the Asio thread.
    void reload(std::shared_ptr<const ways> listeners) { ways_ = std::move(listeners); }

private:
    struct gathering;
    asio::awaitable<transport::reply> accept_batch(std::shared_ptr<const ways> table, const way& from, const model::received& whole,
                                                   adapters::batch batch);
    asio::awaitable<void> accept_next(std::shared_ptr<const ways> table, const way& from, std::shared_ptr<gathering> into,
                                      model::received message, std::size_t number);
    asio::awaitable<transport::reply> take(std::shared_ptr<const ways> table, const way& from, model::received message);
    observe::listener_row& note_arrival(const model::received& message);
    void make_known_again(const way& from, const model::received& message, const model::envelope& envelope, const journal::receipt& first);
    asio::awaitable<model::verdict> reach_verdict(const settings::listener& listener, journal::receipt receipt, model::issues found);

    intake_parts parts_;
    std::shared_ptr<const ways> ways_;
};

}  // namespace tieline::pipeline
