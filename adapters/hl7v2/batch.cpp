#include "adapters/hl7v2/batch.hpp"

#include "adapters/hl7v2/parse.hpp"
#include "adapters/hl7v2/text.hpp"
#include "broker/base/digest.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::size_t most_messages = 100'000;

/// What a batch is put together from, in the order of `names`.
enum class part { file_header, batch_header, message, batch_trailer, file_trailer };
constexpr std::array<std::string_view, 5> names = {"FHS", "BHS", "MSH", "BTS", "FTS"};

/// A header or trailer line, or a message with all its lines. A view of the bytes.
struct piece {
    part what = part::message;
    std::string_view text{};
};

std::optional<part> begins(std::string_view line)
{
    const auto* const name = std::find(names.begin(), names.end(), line.substr(0, 3));
    const bool named = name != names.end() && (line.size() == 3 || std::ispunct(static_cast<unsigned char>(line[3])) != 0);
    return named ? std::optional(static_cast<part>(name - names.begin())) : std::nullopt;
}

/// Takes the pieces of a batch off its front.
class piece_reader {
public:
    explicit piece_reader(std::string_view bytes) : rest_(without_preamble(bytes)) {}

    std::optional<piece> next()
    {
        while (!rest_.empty()) {
            const auto size = line_size();
            const auto what = begins(rest_.substr(0, size));
            if (what)
                return piece{.what = *what, .text = take(*what == part::message ? message_size() : size)};
            if (!trim(rest_.substr(0, size)).empty())
                strange_ = true;
            take(size);
        }
        return std::nullopt;
    }

    /// Whether there were lines outside of messages that are none of a batch's.
    bool strange() const { return strange_; }

private:
    std::size_t line_size() const { return std::min(rest_.find_first_of("\r\n"), rest_.size()); }

    std::string_view take(std::size_t size)
    {
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        rest_.remove_prefix(std::min(rest_.find_first_not_of("\r\n"), rest_.size()));
        return taken;
    }

    // Up to the line that begins something else, with its line ends.
    std::size_t message_size() const
    {
        for (auto at = rest_.find_first_of("\r\n"); at != std::string_view::npos; at = rest_.find_first_of("\r\n", at)) {
            at = std::min(rest_.find_first_not_of("\r\n", at), rest_.size());
            const auto line = rest_.substr(at, 4);
            if (begins(line.substr(0, line.find_first_of("\r\n"))))
                return at;
        }
        return rest_.size();
    }

    std::string_view rest_;
    bool strange_ = false;
};

bool has_second_message(std::string_view bytes)
{
    const auto start = bytes.substr(0, 4);  // MSH and the field separator
    for (auto at = bytes.find(start, 4); at != std::string_view::npos; at = bytes.find(start, at + 4)) {
        if (bytes[at - 1] == '\r' || bytes[at - 1] == '\n')
            return true;
    }
    return false;
}

bool is_batch(std::string_view bytes)
{
    const auto first = begins(bytes.substr(0, 4));
    return first && *first <= part::message && bytes.size() > 4 && (*first != part::message || has_second_message(bytes));
}

void check_count(const piece& trailer, std::size_t counted, std::string_view of_what, model::issues& found)
{
    const auto said = trim(trailer.text.size() > 4 ? part_of(trailer.text.substr(4), trailer.text[3], 1) : std::string_view());
    if (said.empty() || said == std::to_string(counted))
        return;
    found.push_back({.level = model::severity::warning, .code = "structure", .v2_code = 102,
                     .at = std::string(names[static_cast<std::size_t>(trailer.what)]) + "-1",
                     .diagnostics = "the count does not fit, there are " + std::to_string(counted) + std::string(of_what)});
}

/// Writes the frame of an answer: headers that turn sender and receiver round, trailers that count.
class frame_writer {
public:
    explicit frame_writer(std::string& to) : to_(to) {}

    void add(const piece& one)
    {
        switch (one.what) {
        case part::file_header: return header(one);
        case part::batch_header: batches_++; messages_ = 0; return header(one);
        case part::batch_trailer: return trailer(one, messages_);
        case part::file_trailer: return trailer(one, batches_);
        case part::message: break;
        }
    }

    void add(const model::answer& one)
    {
        if (one.bytes.empty())
            return;
        to_ += one.bytes;
        messages_++;
        any_ = true;
    }

    bool any() const { return any_; }

private:
    // BHS and FHS have the same fields: 3 to 6 who, 7 when (left out: the same batch gets the same answer), 11 their id, 12 of what.
    void header(const piece& of)
    {
        const char mark = mark_of(of);
        const auto fields = of.text.substr(std::min<std::size_t>(4, of.text.size()));
        to_ += of.text.substr(0, 3);
        (to_ += mark) += part_of(fields, mark, 1);
        for (const unsigned number : {5U, 6U, 3U, 4U})
            (to_ += mark) += part_of(fields, mark, number - 1);
        to_.append(5, mark);
        to_ += "T" + hex(sha256(of.text), 8);
        (to_ += mark) += part_of(fields, mark, 10);
        to_ += '\r';
    }

    void trailer(const piece& of, std::size_t count)
    {
        to_ += of.text.substr(0, 3);
        (to_ += mark_of(of)) += std::to_string(count);
        to_ += '\r';
    }

    static char mark_of(const piece& of) { return of.text.size() > 3 ? of.text[3] : '|'; }

    std::string& to_;
    std::size_t batches_ = 0, messages_ = 0;
    bool any_ = false;
};

}  // namespace

std::optional<batch> split_batch(std::string_view bytes)
{
    bytes = without_preamble(bytes);
    if (!is_batch(bytes))
        return std::nullopt;
    batch made;
    piece_reader from(bytes);
    std::size_t batches = 0, before = 0;
    while (const auto one = from.next()) {
        if (one->what == part::batch_header)
            batches++, before = made.messages.size();
        else if (one->what == part::message)
            made.messages.push_back(one->text);
        else if (one->what == part::batch_trailer)
            check_count(*one, made.messages.size() - before, " messages", made.found);
        else if (one->what == part::file_trailer)
            check_count(*one, batches, " batches", made.found);
        if (made.messages.size() > most_messages) {
            made.messages.clear();
            made.found = {{.code = "too-costly", .v2_code = 207, .diagnostics = "the batch has more than 100000 messages"}};
            return made;
        }
    }
    if (from.strange())
        made.found.push_back({.level = model::severity::warning, .code = "structure", .v2_code = 100,
                              .diagnostics = "lines of the batch that belong to no message are left out"});
    return made;
}

std::string make_batch_answer(std::string_view bytes, std::span<const model::answer> answers)
{
    std::string made;
    frame_writer to(made);
    piece_reader from(bytes);
    std::size_t next = 0;
    while (const auto one = from.next()) {
        if (one->what != part::message)
            to.add(*one);
        else if (next < answers.size())
            to.add(answers[next++]);
    }
    return to.any() || next == 0 ? made : std::string();
}

}  // namespace tieline::adapters::hl7v2
