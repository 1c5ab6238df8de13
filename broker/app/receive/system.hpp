#pragma once

#include "adapters/adapter.hpp"
#include "broker/transport/intake.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

namespace tieline::app::receive {

/// How a receiving system answers. Faults meet each `every`th message.
struct behaviour {
    bool fhir = false;            ///< FHIR over HTTP, else HL7 v2
    std::string refuse{};         ///< `AE`, `AR`, `CE`, `CR`, or an HTTP status; empty: it answers positively
    int code = 207;               ///< ERR-3 of a refusal (HL7 table 0357)
    bool drop = false;            ///< closes the line instead of an answer
    bool silent = false;          ///< says nothing
    bool foreign = false;         ///< answers for another message
    std::chrono::milliseconds delay{};  ///< before the answer
    std::uint64_t every = 1;
    std::uint64_t count = 0;      ///< ends after so many messages; 0: never
    std::string store{};          ///< folder that keeps the bodies; empty: none
};

/// `AE`, `AR:205`, `503` into `refuse` and `code`; false when it is none that the protocol knows.
bool read_refusal(std::string_view text, behaviour& into);

/// A receiving system to try routes against: writes a line of JSON for each message to `out`, and answers as told. It is what a listener
/// takes for its intake.
class system final : public transport::intake {
public:
    /// `enough` is called when `count` messages have come. Throws std::runtime_error when an adapter can't be made.
    system(behaviour how, std::ostream& out, std::function<void()> enough);

    boost::asio::awaitable<transport::reply> accept(model::received message) override;
    transport::reply refuse(std::string_view listener, std::string_view head, model::issue why) override;
    bool ready() const override { return true; }
    std::optional<std::string> status(std::string_view, std::string_view, std::string_view) override { return std::nullopt; }

    bool store_failed() const { return store_failed_; }

private:
    transport::reply answer(const model::received& message);
    transport::reply negative(const model::received& message);
    void note(const model::received& message, std::string_view said);
    void store(const model::received& message, std::uint64_t number);

    behaviour how_;
    std::ostream& out_;
    std::function<void()> enough_;
    std::unique_ptr<adapters::adapter> adapter_;   ///< of what is answered positively
    std::unique_ptr<adapters::adapter> refusing_;  ///< speaks the mode that the refusal's code belongs to
    std::uint64_t came_ = 0;
    bool store_failed_ = false;
};

}  // namespace tieline::app::receive
