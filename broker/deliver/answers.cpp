#include "broker/deliver/answers.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace tieline::deliver {
namespace {

using verdict = attempt::verdict;

constexpr std::uint32_t most_rejections = 3;  // of AE and CE without a code, then the message is held

bool is_number(std::string_view code, std::size_t digits)
{
    return code.size() == digits && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<verdict> to_verdict(std::string_view word)
{
    if (word == "retry")
        return verdict::retry;
    if (word == "hold")
        return verdict::hold;
    if (word == "delivered")
        return verdict::delivered;
    return std::nullopt;
}

bool is_v2(std::string_view code)
{
    return code == "AE" || code == "AR" || code == "CE" || code == "CR" || is_number(code, 3);
}

bool is_status(std::string_view code) { return is_number(code, 3) && code >= "200" && code < "600"; }

std::map<std::string, verdict, std::less<>> read(settings::section& options,
                                                 const std::function<bool(std::string_view)>& known, const std::string& expected)
{
    std::map<std::string, verdict, std::less<>> given;
    for (const auto& [code, word] : options.pairs("answers")) {
        const auto what = to_verdict(word);
        if (!known(code))
            options.fault("answers", "answers: expected " + expected + ", not \"" + code + "\"");
        else if (!what)
            options.fault("answers", "answers: expected retry, hold or delivered for " + code);
        else
            given[code] = *what;
    }
    return given;
}

attempt say(verdict what, std::string answer, std::string reason)
{
    return {.what = what, .answer = std::move(answer), .reason = std::move(reason)};
}

// A code that is ours to repeat; a receiver may send anything.
std::string shown(std::string_view code) { return is_number(code, 3) ? std::string(code) : std::string(); }

// HL7 table 0357: 100 to 103 and 200 to 204 are about the message, 205 is a duplicate key, 206 a locked record, 207 an error
// inside the application.
std::optional<attempt> of_code(std::string_view code, const std::string& answer, const parcel& one)
{
    if (code.size() != 3)
        return std::nullopt;
    if ((code >= "100" && code <= "103") || (code >= "200" && code <= "204"))
        return say(verdict::hold, answer, "the receiver says that the message is wrong");
    if (code == "205" && one.repeated)
        return say(verdict::delivered, answer, "the receiver has it from an earlier try");
    if (code == "205")
        return say(verdict::hold, answer, "the receiver calls it a duplicate at the first try");
    if (code == "206" || code == "207")
        return say(verdict::retry, answer, "the receiver can't take it now");
    return std::nullopt;
}

attempt of_acknowledgment(std::string_view acknowledgment, const std::string& answer, const parcel& one)
{
    if (acknowledgment == "AR" || acknowledgment == "CR")
        return say(verdict::retry, answer, "the receiver rejected it");
    if (one.answered + 1 < most_rejections)
        return say(verdict::retry, answer, "the receiver answered with an error");
    return say(verdict::hold, answer, "the receiver answered with an error " + std::to_string(one.answered + 1) + " times");
}

bool is_fault(int status)
{
    return status == 401 || status == 403 || status == 404 || status == 405 || (status >= 300 && status < 400);
}

// With these a server says that it takes nothing now, whatever the message.
bool is_down(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

}  // namespace

answers answers::read_v2(settings::section& options)
{
    answers made;
    made.given_ = read(options, is_v2, "AE, AR, CE, CR or an error code of three digits");
    return made;
}

answers answers::read_http(settings::section& options)
{
    answers made;
    made.given_ = read(options, is_status, "an HTTP status from 200 to 599");
    return made;
}

const verdict* answers::given(std::string_view code) const
{
    const auto found = given_.find(code);
    return found == given_.end() ? nullptr : &found->second;
}

attempt answers::of_v2(std::string_view acknowledgment, std::string_view code, const parcel& one) const
{
    std::string answer(acknowledgment);
    if (acknowledgment == "AA" || acknowledgment == "CA")
        return say(verdict::delivered, answer, {});
    const auto known_code = shown(code);
    if (!known_code.empty())
        answer += " " + known_code;
    if (const auto* said = given(known_code); said || (said = given(acknowledgment)))
        return say(*said, answer, "as the destination's answers say");
    if (auto by_code = of_code(known_code, answer, one))
        return *by_code;
    return of_acknowledgment(acknowledgment, answer, one);
}

attempt answers::of_http(int status, const parcel& one) const
{
    auto answer = std::to_string(status);
    if (const auto* said = given(answer))
        return say(*said, answer, "as the destination's answers say");
    if (status >= 200 && status < 300)
        return say(verdict::delivered, answer, {});
    if (is_fault(status))
        return say(verdict::fault, answer, "the receiver does not let Tieline in, or its address is wrong");
    if (status == 409 && one.repeated)
        return say(verdict::delivered, answer, "the receiver has it from an earlier try");
    if (status == 408 || status == 425 || status == 429 || status >= 500 || status < 200) {
        auto later = say(verdict::retry, answer, "the receiver can't take it now");
        later.destination_down = is_down(status);
        return later;
    }
    return say(verdict::hold, answer, "the receiver says that the message is wrong");
}

}  // namespace tieline::deliver
