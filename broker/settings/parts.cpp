#include "broker/settings/parts.hpp"

#include "broker/settings/node.hpp"
#include "broker/settings/words.hpp"

#include <algorithm>
#include <filesystem>

namespace tieline::settings {
namespace {

constexpr std::size_t least_site_key = 16;  ///< bytes
constexpr std::uint64_t tebibyte = 1ULL << 40;

bool made_of(std::string_view text, std::string_view also)
{
    return std::all_of(text.begin(), text.end(), [also](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9')
            || also.find(each) != also.npos;
    });
}

}  // namespace

milliseconds positive(section& from, std::string_view key, milliseconds otherwise)
{
    const auto given = from.duration(key, otherwise).value_or(otherwise);
    if (given > 0ms)
        return given;
    from.fault(key, "expected a span above 0");
    return otherwise;
}

std::string take_kind(section& from, std::string_view what, std::string_view example)
{
    auto all = from.unasked();
    auto kinds = all;
    std::erase_if(kinds, [&from](const std::string& key) { return !from.has_section(key); });
    if (kinds.empty())
        kinds = all;  // `mllp: 2575`: the kind is there, as something else than a mapping
    if (const auto known = from.asked(); kinds.size() > 1)
        std::erase_if(kinds, [&known](const std::string& key) { return !nearest(key, known).empty(); });
    if (kinds.size() == 1)
        return kinds.front();
    for (const auto& key : kinds)
        from.apart(key);  // told here, not once more as unknown
    from.fault({}, "expected exactly one " + std::string(what) + ", as in " + std::string(example)
                       + (kinds.empty() ? "" : "; found " + joined(kinds)));
    return {};
}

void check_name(section& from, std::string_view key, std::string_view name, std::string_view also)
{
    const bool only_dots = name.find_first_not_of('.') == name.npos;  // `..` is no topic and no file name; so is an empty one
    if (only_dots || name.size() > 100 || !made_of(name, also))
        from.fault(key, "expected a name of 1 to 100 letters, digits and any of \"" + std::string(also) + "\"");
}

bus read_bus(section from)
{
    bus made;
    made.at = from.at();
    made.kind = from.text("kind", made.kind);
    made.servers = from.list("servers");
    made.prefix = from.text("prefix", made.prefix);
    made.partitions = static_cast<std::int32_t>(from.integer("partitions", made.partitions, 1, 10'000));
    made.replication = static_cast<std::int16_t>(from.integer("replication", made.replication, 1, 100));
    made.exactly_once = from.flag("exactly_once", made.exactly_once);
    made.properties = from.pairs("properties");
    if (made.prefix.size() > 100 || !made_of(made.prefix, "._-"))
        from.fault("prefix", "expected at most 100 letters, digits and any of \"._-\", as Kafka allows in topics");
    return made;
}

ops read_ops(section from)
{
    ops made;
    made.address = from.text("address", made.address);
    made.port = static_cast<std::uint16_t>(from.integer("port", made.port, 0, 65535));
    return made;
}

retention read_retention(section from)
{
    retention made;
    made.finished = positive(from, "finished", made.finished);
    made.size = from.size("size", made.size, 0, 1024 * tebibyte);
    made.disk_reserve = from.size("disk_reserve", made.disk_reserve, 0, 1024 * tebibyte);
    return made;
}

void read_site_key(section root, configuration& into)
{
    const bool configured = root.has("site_key");
    section key = root.has_section("site_key") ? root.child("site_key") : section();
    if (key.has("file") || !configured) {
        into.site_key_file = configured ? key.path("file") : into.data + "/site.key";
        std::error_code error;
        const bool absent = std::filesystem::status(into.site_key_file, error).type() == std::filesystem::file_type::not_found;
        // It is made at the first start. The default one in a data folder that we may not enter is not ours to judge.
        if (absent || (!configured && error))
            return;
    }
    key.text("env");
    into.site_key = configured ? root.secret("site_key") : read_secret_file(into.site_key_file).value_or("");
    if (!configured && into.site_key.empty())
        root.fault({}, "the site key " + into.site_key_file + " can't be read or is empty");
    if (!into.site_key.empty() && into.site_key.size() < least_site_key)
        root.fault("site_key", "expected a secret of at least " + std::to_string(least_site_key) + " bytes");
}

}  // namespace tieline::settings
