#pragma once

#include "broker/base/kinds.hpp"
#include "broker/model/message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::adapters {

/// How a listener wants its acknowledgments (design, section 7).
enum class mode { automatic, original, enhanced };

/// What a listener's configuration says to its adapter.
struct options {
    std::string time_zone = "UTC";        ///< IANA name, for times without a zone
    bool uk = true;                       ///< the UK's rules, where the format has some of its own
    std::string charset = "windows-1252"; ///< of bytes that are no UTF-8, where the message names none that fits
    std::vector<std::string> overlay{};   ///< folders with the site's own mapping rows, later ones win
    mode acknowledgment = mode::automatic;
    bool always_reply = true;             ///< answer even where MSH-15 or MSH-16 asks for none
    bool explain = false;                 ///< `normalise` also says what became of each value of the message
    std::string node = "tieline";         ///< for ids that name this Tieline
};

/// Several messages that came as one (HL7 v2: a batch).
struct batch {
    std::vector<std::string_view> messages{};  ///< views of the bytes, in order
    model::issues found{};                     ///< of the batch itself: counts that don't fit; with an error nothing of it is taken
};

/// What a format means: reads, answers and normalises its messages. No I/O, no clock: the same bytes give the same results.
/// One object serves one thread; make another for another thread.
class adapter {
public:
    virtual ~adapter() = default;

    /// The messages of a batch, each of which is opened, normalised and answered by itself. None for a single message, which is
    /// quick to see.
    virtual std::optional<batch> split(std::string_view) const { return std::nullopt; }

    /// The answer to a batch, of those to its messages in order.
    virtual model::answer answer_batch(std::string_view, std::span<const model::answer>) const { return {}; }

    /// Reads what is needed to accept, answer and route. Cheap; never fails: what is wrong goes into `found`.
    /// Errors (issues): unreadable → `readable` is false; no control id → v2 code 101.
    virtual model::envelope open(const model::received& message, model::issues& found) = 0;

    /// The FHIR R4 Bundle, the patient's identifiers, and what was wrong. The same message gives the same Bundle, byte for
    /// byte. An error among the issues means that there is no Bundle.
    virtual model::normalised normalise(const model::received& message) = 0;

    /// What the sender is told, in its own format (design, section 7). `message` and `envelope` are those of `open`.
    virtual model::answer answer(const model::received& message, const model::envelope& envelope,
                                 const model::verdict& verdict) = 0;

    /// What the sender is told once its message has been processed, as a message of its own, where its format knows that and it asked
    /// for it (HL7 v2: MSH-15 and MSH-16); empty otherwise. The same verdict gives the same bytes.
    virtual model::answer application_answer(const model::received&, const model::envelope&, const model::verdict&) { return {}; }
};

/// Makes an adapter for a listener. Faults of its options or overlay files go into `found` (`at` is `file:line`) and the
/// result is null then.
using factory = std::function<std::unique_ptr<adapter>(const options&, model::issues& found)>;

/// The adapters by the name that a configuration uses.
class registry {
public:
    /// Throws std::logic_error when the name is there already: that is our own fault.
    void add(std::string name, factory make) { kinds_.add(std::move(name), std::move(make)); }
    /// Null and an issue when there is no such adapter or its options are wrong.
    std::unique_ptr<adapter> make(std::string_view name, const options& given, model::issues& found) const;
    std::vector<std::string> names() const { return kinds_.names(); }

private:
    tieline::kinds<factory> kinds_;
};

/// All adapters that Tieline comes with (adapters/builtin.cpp).
void add_builtin(registry& to);

}  // namespace tieline::adapters
