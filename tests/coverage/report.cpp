#include "report.hpp"

#include <array>
#include <cstdio>
#include <functional>

namespace coverage {
namespace {

// Rows counted by what became of them.
struct tally {
    std::size_t rows = 0, named = 0, proved = 0, decided = 0, open = 0;
    void add(const tally& other)
    {
        rows += other.rows, named += other.named, proved += other.proved, decided += other.decided, open += other.open;
    }
};

std::string cells(const std::string& name, const tally& of)
{
    std::string line = "| " + name;
    for (const auto count : {of.rows, of.named, of.proved, of.decided, of.open})
        line += " | " + std::to_string(count);
    return line + " |\n";
}

std::string percent(std::size_t part, std::size_t of)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%", of ? 100.0 * static_cast<double>(part) / static_cast<double>(of) : 100.0);
    return text.data();
}

constexpr std::string_view head = "| rows | carried | proved | decided otherwise | open |\n| --- | --- | --- | --- | --- | --- |\n";

class report {
public:
    report(const guide& of, const findings& found) : of_(of), found_(found), named_(found.named), proved_(found.proved)
    {
        for (const auto& row : of.rows) {
            if (kind_of(row) == 'T' && !has_source(row)) {
                without_code_++;
                continue;
            }
            auto& one = maps_[kind_of(row)][map_of(row)];
            one.rows++;
            one.named += named_.contains(row);
            one.proved += proved_.contains(row);
            one.decided += !named_.contains(row) && of.find(row);
            one.open += !named_.contains(row) && !of.find(row);
        }
    }

    std::string write()
    {
        figures();
        text_ += "\n## Map by map\n";
        for (const auto& [kind, title] : kinds()) {
            text_ += "\n### " + std::string(title) + "\n| map " + std::string(head);
            for (const auto& [name, one] : maps_[kind])
                text_ += cells(name, one);
        }
        text_ += "\n## Carried in another way than the guide writes\n";
        decisions(true);
        text_ += "\n## Not carried\n";
        decisions(false);
        text_ += "\n## Carried, without a message that proves it\n";
        unproved();
        text_ += "\n## Open\nNo mapping row names them and no decision was written down.\n\n";
        list([&](const std::string& row) { return !named_.contains(row) && !of_.find(row); });
        return std::move(text_);
    }

private:
    static std::array<std::pair<char, std::string_view>, 4> kinds()
    {
        return {{{'M', "Messages"}, {'S', "Segments"}, {'D', "Data types"}, {'T', "Code tables"}}};
    }

    void figures()
    {
        tally structural;
        std::string lines;
        for (const auto& [kind, title] : kinds()) {
            tally all;
            for (const auto& [name, one] : maps_[kind])
                all.add(one);
            lines += cells(std::string(title), all);
            kind == 'T' ? void(codes_ = all) : structural.add(all);
        }
        text_ = "# Coverage of the HL7 v2-to-FHIR guide\n\nMade by `tests/coverage` (ctest: `hl7v2_coverage`; `--write` writes it) of the mapping files, the errata and the list "
                "of the guide's rows.\n*Carried*: a mapping row names the guide's row. *Proved*: a small message that values the row's source and meets its conditions was\n"
                "converted, and an element of its Bundle came from that row; maps that nothing of the guide calls are called by `tests/coverage/callers`. *Decided otherwise*: an erratum says why not.\n\n| maps " + std::string(head) + lines;
        text_ += "\nStructural rows carried and proved: " + std::to_string(structural.proved) + " of " + std::to_string(structural.rows) + " (" +
                 percent(structural.proved, structural.rows) + "); code rows: " + std::to_string(codes_.proved) + " of " + std::to_string(codes_.rows) + " (" +
                 percent(codes_.proved, codes_.rows) + ").\nThe guide has " + std::to_string(without_code_) +
                 " more code rows without a source code: they describe the target's codes, and no message can name them.\n";
    }

    void decisions(bool carried)
    {
        for (const auto& one : of_.errata) {
            if (one.carried == carried)
                text_ += "- `" + one.id + (one.many ? "*" : "") + "`: " + one.reason + '\n';
        }
    }

    // The reasons, with the rows that each is for.
    void unproved()
    {
        std::map<std::string, std::string> rows;
        for (const auto& [row, why] : found_.unproved)
            rows[why] += " `" + row + '`';
        for (const auto& [why, all] : rows)
            text_ += "- " + why + ":" + all + '\n';
    }

    void list(const std::function<bool(const std::string&)>& wanted)
    {
        std::size_t count = 0;
        for (const auto& row : of_.rows) {
            if ((kind_of(row) != 'T' || has_source(row)) && wanted(row))
                text_ += "- `" + row + "`\n", count++;
        }
        if (!count)
            text_ += "None.\n";
    }

    const guide& of_;
    const findings& found_;
    const std::map<std::string, std::string>& named_;
    const std::set<std::string>& proved_;
    std::map<char, std::map<std::string, tally>> maps_{};
    tally codes_{};
    std::size_t without_code_ = 0;
    std::string text_{};
};

}  // namespace

std::string write_report(const guide& of, const findings& found)
{
    return report(of, found).write();
}

}  // namespace coverage
