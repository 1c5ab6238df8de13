#include "adapters/hl7v2/program.hpp"

#include "adapters/hl7v2/compile.hpp"
#include "adapters/hl7v2/maps.hpp"
#include "adapters/hl7v2/text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tieline::adapters::hl7v2 {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 16U << 20;  // of one mapping file

// The mapping files of an overlay folder, by name, so that the same folder always means the same.
std::vector<std::string> files_of(const std::string& folder, model::issues& found)
{
    std::vector<std::string> files;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == ".map" && at->is_regular_file(error) && at->file_size(error) <= most_bytes)
            files.push_back(at->path().string());
    }
    if (error)
        found.push_back({.code = "not-found", .at = folder, .diagnostics = "the overlay folder can't be read: " + error.message()});
    std::sort(files.begin(), files.end());
    return files;
}

constexpr std::string_view uk_folder = "maps/uk/";

// Tieline's own files below a folder that has a layer of its own, or all others.
void read_embedded(bool of_uk, std::size_t layer, map_catalog& into, model::issues& found)
{
    for (const auto& file : embedded_hl7v2_maps()) {
        if (file.name.starts_with(uk_folder) == of_uk && !file.name.starts_with("maps/fhir/"))
            read_map_file(file.name, file.content, layer, into, found);
    }
}

// Codes differ in their length, their first or their last characters; the bit that capital letters lack is always set.
std::size_t hash_of(std::string_view code)
{
    std::uint64_t first = 0, last = 0;
    constexpr std::uint64_t small = 0x2020202020202020U;
    if (code.size() >= sizeof first) {
        std::memcpy(&first, code.data(), sizeof first);
        std::memcpy(&last, code.data() + code.size() - sizeof last, sizeof last);
    } else {
        for (const char c : code)
            first = first << 8 | static_cast<unsigned char>(c);
    }
    return static_cast<std::size_t>((((first | small) ^ code.size()) * 0x9e3779b97f4a7c15U ^ (last | small) * 0xc2b2ae3d27d4eb4fU) >> 32);
}

}  // namespace

const table::entry* table::find(std::string_view code) const
{
    for (auto at = hash_of(code);; at++) {
        const auto place = places[at & (places.size() - 1)];
        if (!place)
            break;
        const auto& one = exact[place - 1];
        if (one.from == code || (any_case && compare_in_any_case(one.from, code) == 0))
            return &one;
    }
    for (const auto& one : patterns) {
        if (is_like(code, one.from))
            return &one;
    }
    return nullptr;
}

void table::index()
{
    places.assign(std::bit_ceil(exact.size() * 2 + 1), 0);
    for (std::uint32_t i = 0; i < exact.size(); i++) {
        auto at = hash_of(exact[i].from);
        while (places[at & (places.size() - 1)])
            at++;
        places[at & (places.size() - 1)] = i + 1;
    }
}

std::shared_ptr<const program> program::compile(const layers& of, model::issues& found)
{
    const auto made = std::make_shared<program>();
    map_catalog catalog;
    read_embedded(false, 0, catalog, found);
    if (of.uk)
        read_embedded(true, 1, catalog, found);
    std::vector<std::pair<std::string, std::size_t>> files;
    for (std::size_t i = 0; i < of.overlay.size(); i++) {
        for (auto& file : files_of(of.overlay[i], found))
            files.emplace_back(std::move(file), i + 2);
    }
    made->texts_.reserve(files.size() * 2);  // views into them are kept
    for (auto& [name, layer] : files) {
        std::ifstream file(name, std::ios::binary);
        made->texts_.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        const std::string_view text = made->texts_.back();
        made->texts_.push_back(std::move(name));
        read_map_file(made->texts_.back(), text, layer, catalog, found);
    }
    compiler(catalog, *made, found).compile();
    return model::has_error(found) ? nullptr : made;
}

const message_map* program::message_for(const message& of, std::string_view type, std::string_view event, std::string_view structure) const
{
    const auto is_event = [&](const auto& one) {
        return one.name.size() == type.size() + event.size() + 1 && one.name.starts_with(type) && one.name[type.size()] == '^' && one.name.ends_with(event);
    };
    const auto first = [&](std::string_view name) {
        return std::find_if(of.segments().begin(), of.segments().end(), [&](const auto& segment) { return segment.name == name; });
    };
    const message_map* by_event = nullptr;
    for (const auto& one : events_) {
        if (is_event(one) && (one.before.empty() ? !by_event : first(one.before) < first(one.after)))
            by_event = one.map;
    }
    if (by_event)
        return by_event;
    const message_map* otherwise = nullptr;
    for (const auto& message : messages_) {
        if (message->name == structure)
            return message.get();
        if (message->name == "*")
            otherwise = message.get();
    }
    return otherwise;
}

const table* program::find_table(std::string_view name) const
{
    const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const auto& one) { return one->name == name; });
    return found == tables_.end() ? nullptr : found->get();
}

const map* program::find_map(std::string_view name) const
{
    const auto found = std::find_if(maps_.begin(), maps_.end(), [&](const auto& one) { return one->name == name; });
    return found == maps_.end() ? nullptr : found->get();
}

}  // namespace tieline::adapters::hl7v2
