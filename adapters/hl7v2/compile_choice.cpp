#include "adapters/hl7v2/compile.hpp"

#include <algorithm>

// Rows that ask the same place for different texts, as those of OBX-5 do of OBX-2, are told apart by one look at it.

namespace tieline::adapters::hl7v2 {
namespace {

// What a condition asks one place for, of those that must all hold. `differs`: it must have none of the texts.
struct demand {
    const condition* what = nullptr;
    bool differs = false;
};

constexpr std::size_t least_rows = 3;  // below it one look saves nothing

class chooser {
public:
    explicit chooser(const std::vector<condition>& all) : all_(all) {}

    std::vector<demand> demands_of(const row& one) const
    {
        std::vector<demand> made;
        if (one.condition >= 0)
            collect(at(one.condition), one, made);
        return made;
    }

private:
    const condition& at(std::int32_t index) const { return all_[static_cast<std::size_t>(index)]; }

    void collect(const condition& from, const row& of, std::vector<demand>& into) const
    {
        if (from.what == condition::kind::both) {
            collect(at(from.left), of, into);
            collect(at(from.right), of, into);
            return;
        }
        const bool differs = from.what == condition::kind::negated;
        const auto& asks = differs ? at(from.left) : from;
        const bool compares = asks.what == condition::kind::equals || asks.what == condition::kind::one_of;
        if (compares && !(asks.from.own && asks.from.field == of.field))  // of its own field it asks each repetition
            into.push_back({&asks, differs});
    }

    const std::vector<condition>& all_;
};

// The bits with which the demand is met; texts that are new get the next ones.
std::uint64_t bits_of(const demand& one, std::vector<std::string_view>& values)
{
    std::uint64_t bits = 0;
    for (const auto text : one.what->values) {
        auto place = std::find(values.begin(), values.end(), text);
        if (place == values.end())
            place = values.insert(place, text);
        bits |= std::uint64_t{1} << std::min<std::size_t>(static_cast<std::size_t>(place - values.begin()), choice::most);
    }
    return one.differs ? ~bits : bits;
}

}  // namespace

void compiler::choose_rows(map& of)
{
    const chooser choose(to_.conditions_);
    std::vector<std::pair<source, std::size_t>> asked;
    for (const auto& one : of.rows) {
        for (const auto& demand : choose.demands_of(one)) {
            const auto known = std::find_if(asked.begin(), asked.end(), [&](const auto& other) { return other.first == demand.what->from; });
            known == asked.end() ? void(asked.emplace_back(demand.what->from, 1)) : void(known->second++);
        }
    }
    const auto most = std::max_element(asked.begin(), asked.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == asked.end() || most->second < least_rows)
        return;
    choice made{.from = most->first};
    std::vector<std::uint64_t> chosen;
    for (const auto& one : of.rows) {
        chosen.push_back(~std::uint64_t{0});
        for (const auto& demand : choose.demands_of(one))
            chosen.back() &= demand.what->from == made.from ? bits_of(demand, made.values) : ~std::uint64_t{0};
    }
    if (made.values.size() > choice::most)
        return;
    of.by = std::move(made);
    for (std::size_t i = 0; i < chosen.size(); i++)
        of.rows[i].chosen = chosen[i];
}

}  // namespace tieline::adapters::hl7v2
