// Proves the mapping rows of adapters/hl7v2 one by one and compares adapters/hl7v2/COVERAGE.md with what it found.
//
// Usage: hl7v2_coverage [--write]
// Exit: 1 when the mapping files, the errata and the list of the guide's rows contradict each other, or COVERAGE.md is not up to date.

#include "guide.hpp"
#include "prober.hpp"
#include "report.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace coverage {
namespace {

// `CWE.6` of a guide's row, where the mapping row reads all of `CWE`: component 6. All 0 when both name the same.
source part_named(const std::string& id, std::string_view source_of_row)
{
    auto rest = id.substr(id.find('|', 2) + 1);
    rest.resize(rest.rfind('|'));
    if (source_of_row.find_first_of(".-") != std::string_view::npos || !rest.starts_with(source_of_row))
        return {};
    source made;
    std::uint16_t* const parts[] = {&made.field, &made.component, &made.subcomponent};
    std::size_t at = source_of_row.size();
    for (auto* const part : parts) {
        if (at + 1 < rest.size() && (rest[at] == '.' || rest[at] == '-'))
            *part = static_cast<std::uint16_t>(std::strtoul(rest.c_str() + at + 1, nullptr, 10));
        at = std::min(rest.find('.', at + 1), rest.size());
    }
    return made;
}

// Tries the rows of one set of layers; what another one has proved stays proved.
bool prove(const layers& of, findings& into)
{
    tieline::model::issues found;
    const auto maps = program::compile(of, found);
    for (const auto& one : found)
        std::cerr << tieline::model::to_text(one) << '\n';
    if (!maps)
        return false;
    prober by(maps);
    for (std::uint32_t number = 0; number < maps->rows(); number++) {
        const auto& note = maps->note(number);
        for (const auto& id : split_ids(note.ids)) {
            into.named.emplace(id, std::string(note.at.file) + ':' + std::to_string(note.at.line));
            if (into.proved.contains(id))
                continue;
            const bool is_field = kind_of(id) == 'S' || kind_of(id) == 'D';
            if (by.prove(number, is_field ? part_named(id, note.source) : source{})) {
                into.proved.insert(id);
                into.unproved.erase(id);
            } else {
                into.unproved.emplace(id, by.why_not(number));
            }
        }
    }
    return true;
}

// Exit codes: 0 all well.
int compare(const std::string& file, const std::string& made)
{
    std::ifstream from(file, std::ios::binary);
    if (std::string(std::istreambuf_iterator<char>(from), {}) == made)
        return 0;
    std::cerr << "adapters/hl7v2/COVERAGE.md is not what the mapping files say: run hl7v2_coverage --write\n";
    return 1;
}

int run(bool write)
{
    const std::string folder = TIELINE_SOURCE "/adapters/hl7v2";
    // A rule of the UK's may stand in the place of one of the guide's, and some data type maps are called by no row of the guide.
    findings found;
    for (const auto& of : {layers{}, layers{.uk = false}, layers{.overlay = {TIELINE_SOURCE "/tests/coverage/callers"}}}) {
        if (!prove(of, found))
            return 1;
    }
    auto known = read_guide(folder);
    check_errata(known, found.named);
    for (const auto& fault : known.faults)
        std::cerr << fault << '\n';
    const auto made = write_report(known, found);
    std::cout << made.substr(0, made.find("\n## "));
    if (write)
        std::ofstream(folder + "/COVERAGE.md", std::ios::binary) << made;
    return !known.faults.empty() || compare(folder + "/COVERAGE.md", made);
}

}  // namespace
}  // namespace coverage

int main(int count, char** arguments) { return coverage::run(count > 1 && std::string_view(arguments[1]) == "--write"); }
