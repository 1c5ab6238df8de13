#include "broker/store/damage.hpp"

#include "broker/base/pack.hpp"
#include "broker/store/families.hpp"

#include <algorithm>

namespace tieline::store {
namespace {

constexpr std::size_t most_known = 4'096;
constexpr std::size_t number_bytes = 8;

bool is_printable(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

std::string hex_text(std::string_view bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string made;
    for (const unsigned char byte : bytes)
        made.append({digits[byte >> 4], digits[byte & 15]});
    return made;
}

}  // namespace

std::string_view name_of(family in) { return family_names[static_cast<std::size_t>(in)]; }

std::optional<offset> offset_in_key(family in, std::string_view key)
{
    std::size_t place = 0;
    if (in == family::delivery)
        place = key.find('\0') + 2;  // behind the destination and the state
    else if (in != family::entry && in != family::bundle && in != family::outcome && in != family::trace)
        return std::nullopt;
    if (place < 2 && in == family::delivery)
        return std::nullopt;
    if (key.size() < place + number_bytes)
        return std::nullopt;
    const bool behind = in != family::trace && key.size() > place + number_bytes;  // the first key after that one
    return offset{read_big_endian(key.substr(place)) + (behind ? 1 : 0)};
}

std::string key_text(std::string_view key)
{
    if (is_printable(key))
        return std::string(key);
    const auto zero = key.find('\0');
    const bool named = zero != key.npos && zero > 0 && is_printable(key.substr(0, zero));
    return named ? std::string(key.substr(0, zero)) + '/' + hex_text(key.substr(zero + 1)) : hex_text(key);
}

std::string to_text(const damage& what)
{
    if (!what.in)
        return what.where;
    const auto one = what.until == what.first + '\0';
    std::string text = (one ? "" : "a block of ") + std::string(name_of(*what.in));
    const auto name = [&](std::string_view key) {
        const auto at = offset_in_key(*what.in, key);
        return *what.in == family::delivery && at ? std::string(key.substr(0, key.find('\0'))) + ' ' + std::to_string(at->value)
               : at                               ? std::to_string(at->value)
                                                  : key_text(key);
    };
    text += ' ' + (what.first.empty() ? "from the first key" : name(what.first));
    if (!one)
        text += what.until.empty() ? " to the end" : " up to " + name(what.until);
    return text;
}

void damage_book::note(const damage& what)
{
    {
        std::lock_guard lock(mutex_);
        const auto place = std::string(what.in ? name_of(*what.in) : "file") + '\0' + (what.first.empty() ? what.where : what.first);
        if (known_.contains(place))
            return;
        if (known_.size() < most_known)
            known_.insert(place);
        count_ += what.torn_end ? 0 : 1;
    }
    if (tell_)
        tell_(what);
}

std::size_t damage_book::count() const
{
    std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace tieline::store
