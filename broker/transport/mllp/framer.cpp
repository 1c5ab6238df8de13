#include "broker/transport/mllp/framer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tieline::transport::mllp {
namespace {

constexpr std::size_t most_outside = 64U << 10;
constexpr std::size_t longest_opening = 8;  // "OPTIONS "
constexpr std::array<std::string_view, 10> http_openings{"GET ",     "POST ",  "PUT ",     "HEAD ",  "DELETE ",
                                                         "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI "};
constexpr std::string_view tls_opening = "\x16\x03";  // a handshake record, major version 3 (RFC 8446 §5.1)

}  // namespace

void append_frame(std::string& to, std::string_view message)
{
    to.reserve(to.size() + message.size() + 3);
    to += start_block;
    to += message;
    to += end_block;
    to += '\r';
}

std::string frame(std::string_view message)
{
    std::string framed;
    append_frame(framed, message);
    return framed;
}

result<std::optional<std::string>> framer::next()
{
    take_carriage_return();
    if (where_ != place::inside) {
        if (const auto failed = skip_to_start())
            return failed;
        if (where_ != place::inside)
            return std::optional<std::string>();
    }
    const auto whole = take_to_end();
    if (!whole)
        return whole.error();
    if (!*whole)
        return std::optional<std::string>();
    where_ = place::after;
    take_carriage_return();
    skipped_in_a_row_ = 0;
    return std::optional<std::string>(std::exchange(frame_, {}));
}

void framer::take_carriage_return()
{
    if (where_ != place::after || rest_.empty())
        return;
    if (rest_.front() == '\r')
        rest_.remove_prefix(1);
    where_ = place::outside;
}

// Bytes before the next start block are skipped and counted; the first ones of a connection may show another protocol.
error_code framer::skip_to_start()
{
    const auto start = std::min(rest_.find(start_block), rest_.size());
    if (where_ == place::opening && opening_.size() < longest_opening)
        opening_ += rest_.substr(0, std::min(start, longest_opening - opening_.size()));
    skipped_ += start;
    skipped_in_a_row_ += start;
    const bool found = start < rest_.size();
    rest_.remove_prefix(found ? start + 1 : start);
    if (const auto other = recognise())
        return other;
    if (skipped_in_a_row_ > most_outside)
        return errc::too_much_outside;
    if (found)
        where_ = place::inside;
    return {};
}

error_code framer::recognise()
{
    if (where_ != place::opening)
        return {};
    if (opening_.starts_with(tls_opening))
        return errc::tls_not_expected;
    const bool http = std::any_of(http_openings.begin(), http_openings.end(),
                                  [this](std::string_view method) { return opening_.starts_with(method); });
    return http ? error_code(errc::http_not_expected) : error_code();
}

// Takes bytes into the frame up to its end block; true when that came.
result<bool> framer::take_to_end()
{
    const auto stop = std::find_if(rest_.begin(), rest_.end(), [](char c) { return c == end_block || c == start_block; });
    const auto size = static_cast<std::size_t>(stop - rest_.begin());
    if (size > max_frame_ - frame_.size()) {
        frame_ += rest_.substr(0, std::min<std::size_t>(max_frame_ - frame_.size(), 4096));  // for the head
        return errc::frame_too_large;
    }
    frame_ += rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (rest_.empty())
        return false;
    const bool broken = rest_.front() == start_block;
    rest_.remove_prefix(1);
    if (!broken)
        return true;
    skipped_ += frame_.size() + 1;
    frame_ = {};
    if (++skipped_in_a_row_ > most_outside)
        return errc::too_much_outside;
    return errc::broken_frame;
}

}  // namespace tieline::transport::mllp
