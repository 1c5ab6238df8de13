#include "adapters/hl7v2/answer.hpp"

#include "adapters/hl7v2/text.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <charconv>
#include <cctype>

namespace tieline::adapters::hl7v2 {
namespace {

using verdict_kind = model::verdict::kind;

constexpr std::size_t most_errors = 100;  // in an application acknowledgment, which waits in a queue

bool asks(std::string_view code)
{
    code = trim(code);
    return code == "AL" || code == "ER" || code == "SU";
}

// Enhanced when an accept acknowledgment is asked for (MSH-15). Where only MSH-16 asks, Tieline stands for the receiving
// application and answers as in original mode.
bool is_enhanced(const header& of, mode wanted)
{
    if (wanted != mode::automatic)
        return wanted == mode::enhanced;
    return asks(of.field(15));
}

// HL7 table 0155.
bool is_due(std::string_view code, bool good)
{
    if (code == "NE")
        return false;
    if (code == "ER")
        return !good;
    return code != "SU" || good;
}

// Whether the sender asked for an answer to this outcome.
bool is_due(const header& of, bool enhanced, bool good)
{
    const auto code = trim(enhanced || !asks(of.field(16)) ? of.field(15) : of.field(16));
    return is_due(code, good);
}

// The answers that there are: the one of original mode, and the two of enhanced mode.
enum class kind { original, accept, application };

std::string_view code_of(verdict_kind what, kind which)
{
    const bool enhanced = which == kind::accept;
    switch (what) {
    case verdict_kind::stored: return enhanced ? "CA" : "AA";
    case verdict_kind::invalid: return enhanced ? "CE" : "AE";
    case verdict_kind::unavailable: return enhanced ? "CE" : "AR";
    case verdict_kind::rejected: break;
    }
    return enhanced ? "CR" : "AR";
}

// 25 of `2.5.1`; messages that say no version are answered as 2.5.
int version_of(std::string_view text)
{
    int minor = 5;
    text = trim(text);
    if (text.starts_with("2.") && text.size() > 2)
        std::from_chars(text.data() + 2, text.data() + std::min<std::size_t>(text.size(), 4), minor);
    return 20 + std::min(minor, 9);
}

// HL7 table 0357.
std::string_view meaning(int code)
{
    switch (code) {
    case 100: return "Segment sequence error";
    case 101: return "Required field missing";
    case 102: return "Data type error";
    case 103: return "Table value not found";
    case 200: return "Unsupported message type";
    case 201: return "Unsupported event code";
    case 202: return "Unsupported processing id";
    case 203: return "Unsupported version id";
    case 204: return "Unknown key identifier";
    case 205: return "Duplicate key identifier";
    case 206: return "Application record locked";
    default: return "Application internal error";
    }
}

// `PID-3[2].4.1` in its parts, as far as the place is in the message.
struct error_location {
    std::string segment{}, occurrence{}, field{}, repetition{}, component{}, subcomponent{};
};

std::string take_digits(std::string_view& text)
{
    std::string digits;
    for (; !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])); text.remove_prefix(1))
        digits += text[0];
    return digits;
}

std::string take_bracket(std::string_view& text)
{
    if (!text.starts_with('['))
        return "1";
    text.remove_prefix(1);
    auto digits = take_digits(text);
    text.remove_prefix(text.starts_with(']') ? 1 : 0);
    return digits;
}

error_location locate(std::string_view at)
{
    error_location made;
    const auto is_name = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    if (at.size() < 3 || !std::all_of(at.begin(), at.begin() + 3, is_name))
        return made;
    made.segment = at.substr(0, 3);
    at.remove_prefix(3);
    made.occurrence = take_bracket(at);
    if (!at.starts_with('-'))
        return made;
    at.remove_prefix(1);
    made.field = take_digits(at);
    made.repetition = take_bracket(at);
    for (auto* const below : {&made.component, &made.subcomponent}) {
        if (!at.starts_with('.'))
            break;
        at.remove_prefix(1);
        *below = take_digits(at);
    }
    return made;
}

class answer_writer {
public:
    answer_writer(const header& of, const model::verdict& verdict, kind which)
        : of_(of), verdict_(verdict), kind_(which), version_(version_of(of.part(12, 1)))
    {
    }

    std::string write()
    {
        write_header();
        write_outcome();
        const auto most = kind_ == kind::application ? most_errors : verdict_.found.size();
        if (verdict_.what != verdict_kind::stored) {
            for (std::size_t i = 0; i < std::min(most, verdict_.found.size()); i++)
                write_error(verdict_.found[i]);
        }
        return std::move(out_);
    }

private:
    void write_header()
    {
        const auto& marks = of_.marks;
        out_.reserve(256);
        out_ = "MSH";
        out_ += marks.field;
        out_ += encoding();
        for (const unsigned field : {5U, 6U, 3U, 4U})
            add(of_.field(field));
        add(message_time());
        add("");
        add(message_type());
        add(own_control_id());
        add(of_.field(11).empty() ? "P" : of_.field(11));
        add(of_.field(12).empty() ? "2.5" : of_.field(12));
        const bool application = kind_ == kind::application;
        const auto charset = trim(of_.field(18)).empty() ? std::string_view() : of_.field(18);
        if (application || !charset.empty()) {
            for (const auto* const more : {"", "", application ? "NE" : "", application ? "NE" : ""})  // MSH-13 to MSH-16
                add(more);
        }
        if (!charset.empty()) {
            add("");
            add(charset);
        }
        out_ += '\r';
    }

    std::string encoding() const
    {
        if (!of_.field(2).empty())
            return std::string(of_.field(2));
        return "^~\\&";
    }

    // MSH-7 of the answer. Before 2.5 a sender may not know fractions of a second; nobody needs them here.
    std::string message_time() const
    {
        auto text = to_hl7(verdict_.at);
        return text.substr(0, 14) + text.substr(text.size() - 5);
    }

    // `ACK` alone before 2.3, `ACK^A01` in 2.3.x, `ACK^A01^ACK` since 2.4 (HL7 v2.x §2.13.1).
    std::string message_type() const
    {
        const auto event = of_.part(9, 2);
        std::string type = "ACK";
        if (version_ < 23 || !of_.marks.component || (event.empty() && version_ < 24))
            return type;
        type += of_.marks.component;
        type += event;
        if (version_ >= 24)
            (type += of_.marks.component) += "ACK";
        return type;
    }

    // Unique where the Tieline id is; ST of at most 20 characters before 2.3.1, so a hash of it.
    std::string own_control_id() const
    {
        auto from = verdict_.id.empty() ? "for " + std::string(of_.field(10)) + to_hl7(verdict_.at) : verdict_.id;
        if (kind_ == kind::application)
            from += " processed";
        return "T" + hex(sha256(from), 8);
    }

    void write_outcome()
    {
        out_ += "MSA";
        add(code_of(verdict_.what, kind_));
        add(of_.field(10));
        out_ += '\r';
    }

    void write_error(const model::issue& one)
    {
        out_ += "ERR";
        version_ < 25 ? write_old_error(one) : write_new_error(one);
        out_ += '\r';
    }

    // ERR-1, ELD: segment ^ sequence ^ field ^ code & text & HL70357.
    void write_old_error(const model::issue& one)
    {
        const auto at = locate(one.at);
        std::string text = at.segment;
        for (const auto& part : {at.occurrence, at.field})
            (text += component()) += part;
        text += component();
        text += std::to_string(one.v2_code);
        (text += subcomponent()) += meaning(one.v2_code);
        (text += subcomponent()) += "HL70357";
        add(text);
    }

    // ERR-2 ERL, ERR-3 CWE, ERR-4, ERR-8 (HL7 v2.5 §2.15.5).
    void write_new_error(const model::issue& one)
    {
        const auto at = locate(one.at);
        std::string where = at.segment;
        for (const auto* part : {&at.occurrence, &at.field, &at.repetition, &at.component, &at.subcomponent})
            (where += component()) += *part;
        while (where.ends_with(component()))
            where.pop_back();
        add("");
        add(where);
        add(std::to_string(one.v2_code) + component() + std::string(meaning(one.v2_code)) + component() + "HL70357");
        add(one.level <= model::severity::error ? "E" : one.level == model::severity::warning ? "W" : "I");
        for (int empty = 5; empty < 8; empty++)
            add("");
        add(escaped(one.diagnostics));
    }

    char component() const { return of_.marks.component ? of_.marks.component : '^'; }
    char subcomponent() const { return of_.marks.subcomponent ? of_.marks.subcomponent : '&'; }

    std::string escaped(std::string_view text) const
    {
        const auto& marks = of_.marks;
        const std::pair<char, char> codes[] = {{marks.field, 'F'}, {marks.component, 'S'}, {marks.subcomponent, 'T'},
                                               {marks.repetition, 'R'}, {marks.escape, 'E'}};
        std::string made;
        for (const char c : text) {
            const auto* const code = std::find_if(std::begin(codes), std::end(codes), [c](const auto& one) { return one.first && one.first == c; });
            if (static_cast<unsigned char>(c) < ' ')
                made += ' ';
            else if (code == std::end(codes))
                made += c;
            else if (marks.escape)
                ((made += marks.escape) += code->second) += marks.escape;
        }
        return made;
    }

    void add(std::string_view field)
    {
        out_ += of_.marks.field;
        out_ += field;
    }

    const header& of_;
    const model::verdict& verdict_;
    kind kind_;
    int version_;
    std::string out_{};
};

}  // namespace

std::string make_answer(const header& of, const model::verdict& verdict, const options& given)
{
    if (of.has_msa)
        return {};
    const bool enhanced = of.readable && is_enhanced(of, given.acknowledgment);
    const bool due = !of.readable || is_due(of, enhanced, verdict.what == verdict_kind::stored);
    if (!due && !given.always_reply)
        return {};
    return answer_writer(of, verdict, enhanced ? kind::accept : kind::original).write();
}

std::string make_application_answer(const header& of, const model::verdict& verdict, const options& given)
{
    const auto wanted = trim(of.field(16));
    if (of.has_msa || !of.readable || !asks(wanted) || !is_enhanced(of, given.acknowledgment))
        return {};
    if (!is_due(wanted, verdict.what == verdict_kind::stored))
        return {};
    return answer_writer(of, verdict, kind::application).write();
}

}  // namespace tieline::adapters::hl7v2
