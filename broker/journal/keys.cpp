#include "broker/journal/keys.hpp"

#include "broker/base/digest.hpp"
#include "broker/base/pack.hpp"

namespace tieline::journal {
namespace {

// With room for the offset that mostly comes behind it.
std::string hashed(std::string_view prefix, std::string_view text)
{
    const auto digest = sha256(text);
    std::string key;
    key.reserve(prefix.size() + 16 + sizeof(std::uint64_t));
    return key.append(prefix).append(reinterpret_cast<const char*>(digest.data()), 16);
}

}  // namespace

std::string control_id_prefix(std::string_view control_id) { return hashed("c", control_id); }
std::string type_prefix(std::string_view type) { return hashed("t", type); }
std::string patient_prefix(std::string_view patient) { return hashed("p", patient); }

std::string second_key(instant at)
{
    std::string key = "s";
    const auto second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch();
    append_big_endian(key, static_cast<std::uint64_t>(second.count()));
    return key;
}

std::string answer_end_key(instant received, offset at)
{
    std::string key = second_key(received);
    key.front() = 'a';
    append_big_endian(key, at.value);
    return key;
}

std::string answer_key_of(std::string_view sender, std::string_view control_id)
{
    return hashed("", packer().text(sender).text(control_id).take());
}

std::string identity_key_of(std::string_view listener, std::string_view identity)
{
    return hashed("", packer().text(listener).text(identity).text("identity").take());
}

std::string settled_key(std::string_view answer_key, offset at)
{
    std::string key(answer_key);
    append_big_endian(key, at.value);
    return key;
}

}  // namespace tieline::journal
