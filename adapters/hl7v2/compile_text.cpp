#include "adapters/hl7v2/compile_text.hpp"

#include "adapters/hl7v2/text.hpp"

#include <array>
#include <charconv>

namespace tieline::adapters::hl7v2 {
namespace {

// A number in front of a text; 0 when there is none.
unsigned take_number(std::string_view& text)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > 0xffff)
        return 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take_char(std::string_view& text, char wanted)
{
    if (!text.starts_with(wanted))
        return false;
    text.remove_prefix(1);
    return true;
}

// The tokens of a condition or a value: texts in quotes, words, parentheses, commas.
class tokens {
public:
    explicit tokens(std::string_view text) : rest_(text) { next(); }

    std::string_view word() const { return word_; }
    bool quoted() const { return quoted_; }
    bool at_end() const { return word_.empty() && !quoted_; }
    bool take(std::string_view wanted)
    {
        if (quoted_ || word_ != wanted)
            return false;
        next();
        return true;
    }
    std::string_view take()
    {
        const auto taken = word_;
        next();
        return taken;
    }

private:
    void next()
    {
        rest_ = trim(rest_);
        quoted_ = rest_.starts_with('"');
        if (quoted_) {
            const auto end = rest_.find('"', 1);
            word_ = rest_.substr(1, end == std::string_view::npos ? end : end - 1);
            rest_.remove_prefix(std::min(rest_.size(), word_.size() + 2));
            return;
        }
        const bool single = !rest_.empty() && std::string_view("(),").find(rest_[0]) != std::string_view::npos;
        word_ = single ? rest_.substr(0, 1) : rest_.substr(0, rest_.find_first_of(" (),\""));
        rest_.remove_prefix(word_.size());
    }

    std::string_view rest_;
    std::string_view word_{};
    bool quoted_ = false;
};

class condition_reader {
public:
    condition_reader(std::string_view text, const map_scope& scope, std::string& expected)
        : tokens_(text), scope_(scope), expected_(expected)
    {
    }

    std::optional<std::int32_t> read()
    {
        const auto made = read_either();
        if (made && !tokens_.at_end())
            return fail("expected and, or, or the end of the condition before " + std::string(tokens_.word()));
        return made;
    }

private:
    using index = std::optional<std::int32_t>;

    std::nullopt_t fail(std::string why)
    {
        expected_ = std::move(why);
        return std::nullopt;
    }

    // The same condition is one, so that its result can be remembered.
    index add(condition made)
    {
        auto& all = *scope_.conditions;
        made.fields = fields_of(made.from) | fields_of(made.other);
        for (const auto part : {made.left, made.right})
            made.fields |= part < 0 ? 0 : all[static_cast<std::size_t>(part)].fields;
        for (auto i = scope_.first_condition; i < all.size(); i++) {
            made.place = all[i].place;
            if (all[i] == made)
                return static_cast<std::int32_t>(i);
        }
        made.place = static_cast<std::uint16_t>(all.size() - scope_.first_condition);
        all.push_back(std::move(made));
        return static_cast<std::int32_t>(all.size() - 1);
    }

    std::uint64_t fields_of(const source& from) const
    {
        return scope_.of_segment && from.own && from.field ? std::uint64_t{1} << from.field % 64 : 0;
    }

    index read_either()
    {
        auto left = read_both();
        while (left && tokens_.take("or")) {
            const auto right = read_both();
            left = right ? add({.what = condition::kind::either, .left = *left, .right = *right}) : std::nullopt;
        }
        return left;
    }

    index read_both()
    {
        auto left = read_one();
        while (left && tokens_.take("and")) {
            const auto right = read_one();
            left = right ? add({.what = condition::kind::both, .left = *left, .right = *right}) : std::nullopt;
        }
        return left;
    }

    index read_one()
    {
        if (tokens_.take("not")) {
            const auto inner = read_one();
            return inner ? add({.what = condition::kind::negated, .left = *inner}) : std::nullopt;
        }
        if (tokens_.take("(")) {
            const auto inner = read_either();
            if (inner && !tokens_.take(")"))
                return fail("expected a closing parenthesis");
            return inner;
        }
        if (tokens_.take("mapped"))
            return add({.what = condition::kind::mapped});
        return read_function();
    }

    index read_function()
    {
        static constexpr std::array<std::pair<std::string_view, condition::kind>, 6> functions = {{
            {"count", condition::kind::count}, {"length", condition::kind::length}, {"number", condition::kind::number},
            {"date", condition::kind::date}, {"nhs_number", condition::kind::nhs_number},
            {"holds", condition::kind::holds}}};
        for (const auto& [name, kind] : functions) {
            if (!tokens_.take(name))
                continue;
            const auto from = tokens_.take("(") ? read_source(tokens_.take(), scope_) : std::nullopt;
            if (!from || !tokens_.take(")"))
                return fail("expected a place in parentheses after " + std::string(name));
            condition made{.what = kind, .from = *from};
            if (kind == condition::kind::count || kind == condition::kind::length)
                return read_number(std::move(made));
            return add(std::move(made));
        }
        return read_comparison();
    }

    index read_number(condition made)
    {
        static constexpr std::array<std::pair<std::string_view, condition::compare>, 5> signs = {{
            {"=", condition::compare::equal}, {"<", condition::compare::less}, {"<=", condition::compare::less_equal},
            {">", condition::compare::greater}, {">=", condition::compare::greater_equal}}};
        for (const auto& [sign, compare] : signs) {
            if (!tokens_.take(sign))
                continue;
            made.with = compare;
            auto digits = tokens_.take();
            const bool zero = digits == "0";
            made.number = take_number(digits);
            if (zero || made.number)
                return add(std::move(made));
        }
        return fail("expected =, <, <=, > or >= and a number after count() or length()");
    }

    index read_comparison()
    {
        const auto word = std::string(tokens_.word());
        const auto from = tokens_.quoted() ? std::nullopt : read_source(tokens_.take(), scope_);
        if (!from)
            return fail("expected a place as PID-3.1 or " + std::string(scope_.own) + (scope_.of_segment ? "-1" : ".1") +
                        " instead of " + (word.empty() ? "nothing" : word));
        condition made{.from = *from};
        const bool differs = tokens_.take("!=");
        if (differs || tokens_.take("=")) {
            if (!read_right_side(made))
                return fail("expected a text in quotes or a place to compare with");
        } else if (tokens_.take("like")) {
            if (!tokens_.quoted())
                return fail("expected a pattern in quotes after like, # for digits, for instance \"Q#H\"");
            made.what = condition::kind::like;
            made.values.push_back(tokens_.take());
        } else if (tokens_.take("in")) {
            if (tokens_.word().starts_with('@') && !tokens_.quoted())
                return read_table(std::move(made));
            made.what = condition::kind::one_of;
            if (!read_list(made.values))
                return fail("expected texts in quotes and parentheses after in, for instance (\"M\", \"F\")");
        }
        const auto read = add(std::move(made));
        return differs ? add({.what = condition::kind::negated, .left = *read}) : read;
    }

    bool read_right_side(condition& into)
    {
        if (tokens_.quoted()) {
            into.what = condition::kind::equals;
            into.values.push_back(tokens_.take());
            return true;
        }
        const auto other = read_source(tokens_.take(), scope_);
        into.what = condition::kind::same;
        into.other = other.value_or(source{});
        return other.has_value();
    }

    index read_table(condition made)
    {
        const auto name = tokens_.take().substr(1);
        const auto found = scope_.tables->find(name);
        if (found == scope_.tables->end())
            return fail("there is no table " + std::string(name));
        made.what = condition::kind::in_table;
        made.codes = found->second;
        return add(std::move(made));
    }

    bool read_list(std::vector<std::string_view>& into)
    {
        if (!tokens_.take("("))
            return false;
        do {
            if (!tokens_.quoted())
                return false;
            into.push_back(tokens_.take());
        } while (tokens_.take(","));
        return tokens_.take(")");
    }

    tokens tokens_;
    const map_scope& scope_;
    std::string& expected_;
};

// `(DATE, AMOUNT)` or `(DATE, AMOUNT, UNIT)`.
bool read_later(tokens& words, const map_scope& scope, piece& into)
{
    const auto date = words.take("(") ? read_source(words.take(), scope) : std::nullopt;
    const auto amount = date && words.take(",") ? read_source(words.take(), scope) : std::nullopt;
    if (!amount)
        return false;
    into.from = *date;
    into.amount = *amount;
    into.has_unit = words.take(",");
    if (into.has_unit) {
        const auto unit = read_source(words.take(), scope);
        into.unit = unit.value_or(source());
        return unit && words.take(")");
    }
    return words.take(")");
}

}  // namespace

std::optional<source> read_source(std::string_view text, const map_scope& scope)
{
    source made;
    const auto name = text.substr(0, text.find_first_of("-.["));
    auto rest = text.substr(name.size());
    made.own = name == scope.own;
    const char first = made.own && !scope.of_segment ? '.' : '-';
    if (name.empty() || (!made.own && name.size() != 3))
        return std::nullopt;
    if (!made.own) {
        if (!rest.empty() && rest[0] == '.')
            return std::nullopt;
        made.segment = scope.segment_names->add(name);
    }
    if (rest.empty())
        return made;
    if (!take_char(rest, first) || !(made.field = static_cast<std::uint16_t>(take_number(rest))))
        return std::nullopt;
    if (take_char(rest, '[') && (!(made.repetition = static_cast<std::uint16_t>(take_number(rest))) || !take_char(rest, ']')))
        return std::nullopt;
    for (auto* const below : {&made.component, &made.subcomponent}) {
        if (take_char(rest, '.') && !(*below = static_cast<std::uint16_t>(take_number(rest))))
            return std::nullopt;
    }
    return rest.empty() ? std::optional(made) : std::nullopt;
}

std::optional<std::int32_t> read_condition(std::string_view text, const map_scope& scope, std::string& expected)
{
    return condition_reader(text, scope, expected).read();
}

std::optional<std::vector<piece>> read_pieces(std::string_view text, const map_scope& scope, std::string& expected)
{
    static constexpr std::array<std::pair<std::string_view, piece::kind>, 9> functions = {{
        {"text", piece::kind::whole}, {"digits", piece::kind::digits}, {"lines", piece::kind::lines}, {"base64", piece::kind::encoded},
        {"hex", piece::kind::of_hex}, {"times", piece::kind::times}, {"part", piece::kind::part}, {"points", piece::kind::points},
        {"width", piece::kind::width}}};
    std::vector<piece> pieces;
    for (tokens words(text); !words.at_end();) {
        piece made;
        if (words.quoted()) {
            made.literal = words.take();
            pieces.push_back(made);
            continue;
        }
        made.what = piece::kind::value;
        bool in_function = false;
        for (const auto& [name, kind] : functions) {
            if (words.take(name)) {
                made.what = kind;
                in_function = words.take("(");
            }
        }
        if (!in_function && words.take("message") && words.take("(") && words.take(")")) {
            made.what = piece::kind::original;
            pieces.push_back(made);
            continue;
        }
        const bool earlier = !in_function && words.take("earlier");
        if (earlier || (!in_function && words.take("later"))) {
            made.what = earlier ? piece::kind::earlier : piece::kind::later;
            if (!read_later(words, scope, made)) {
                expected = "expected a date, an amount and, if said, its unit: later(AIS-4, AIS-7, AIS-8)";
                return std::nullopt;
            }
            pieces.push_back(made);
            continue;
        }
        const auto from = read_source(words.take(), scope);
        const bool counts = made.what == piece::kind::times || made.what == piece::kind::part;
        if (counts && words.take(",")) {
            auto digits = words.take();
            made.number = take_number(digits);
        }
        if (!from || (counts && !made.number) || (in_function && !words.take(")"))) {
            expected = "expected texts in quotes and places, for instance \"urn:oid:\" HD.2, or a function of a place: text(), lines(), digits(), "
                       "base64(), hex(), points(), width(), times(CQ.1, 60), part(RI.2, 1)";
            return std::nullopt;
        }
        made.from = *from;
        pieces.push_back(made);
    }
    return pieces;
}

}  // namespace tieline::adapters::hl7v2
