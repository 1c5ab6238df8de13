#include "adapters/hl7v2/v2_tables.hpp"

#include "adapters/hl7v2/maps.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr std::string_view system_prefix = "http://terminology.hl7.org/CodeSystem/v2-";

using tables = std::unordered_map<std::string_view, std::vector<std::string_view>>;

std::string_view cut(std::string_view& rest, char mark)
{
    const auto end = std::min(rest.find(mark), rest.size());
    const auto first = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return first;
}

tables read()
{
    const auto files = embedded_hl7v2_maps();
    const auto file = std::find_if(files.begin(), files.end(), [](const auto& one) { return one.name == "maps/fhir/v2_tables.map"; });
    if (file == files.end())
        throw std::logic_error("maps/fhir/v2_tables.map is not in the program");
    tables made;
    for (auto rest = file->content; !rest.empty();) {
        auto line = cut(rest, '\n');
        if (line.starts_with('#'))
            continue;
        auto& codes = made[cut(line, '\t')];
        while (!line.empty())
            codes.push_back(cut(line, '\t'));
    }
    return made;
}

}  // namespace

std::optional<bool> v2_table_has(std::string_view table, std::string_view code)
{
    static const tables all = read();
    const auto found = all.find(table);
    return found == all.end() ? std::nullopt : std::optional(std::binary_search(found->second.begin(), found->second.end(), code));
}

std::string_view settled_system(std::string_view system, std::string_view code, arena& memory)
{
    if (!system.starts_with(system_prefix))
        return system;
    const auto table = system.substr(system_prefix.size());
    return v2_table_has(table, code).value_or(true) ? system : memory.copy("urn:id:HL7" + std::string(table));
}

}  // namespace tieline::adapters::hl7v2
