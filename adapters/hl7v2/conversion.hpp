#pragma once

#include "adapters/hl7v2/profiles.hpp"
#include "adapters/hl7v2/program.hpp"
#include "adapters/hl7v2/trace.hpp"
#include "adapters/hl7v2/tree.hpp"
#include "adapters/hl7v2/zone.hpp"

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tieline::adapters::hl7v2 {

/// Runs a program over messages. One object serves one thread; what it holds is that of the last message, and reused for the next.
class conversion {
public:
    conversion(std::shared_ptr<const program> maps, time_zone zone);

    /// Makes the resources of a message that has been read. `original` are its bytes as they were received. Both must stay until
    /// the resources have been written. What is wrong goes into `found`; with an error among it there are no resources.
    void run(const message& from, std::string_view original, model::issues& found);

    /// Keeps what happens in the runs that follow in `into`, which must outlive them; null: nothing is kept.
    void watch(trace* into) { trace_ = into; }

    /// The Bundle itself, without entries, and its entries in the order in which they are written.
    const resource* bundle() const { return bundle_; }
    std::span<resource* const> entries() const { return entries_; }
    const program& maps() const { return *maps_; }
    /// All resources that were made, also those that became part of others or said nothing.
    std::span<resource* const> resources() const { return resources_; }
    const message& read() const { return *message_; }
    const message_map* structure() const { return structure_; }
    const layout& laid_out() const { return layout_; }
    arena& memory() { return memory_; }

    /// `PID-3[2].4.1`, `OBX[3]-5`.
    std::string place(const origin& at) const;

private:
    static constexpr std::size_t most_parts = 64;  // components or subcomponents of one value; HL7's longest type has 25
    static constexpr unsigned most_depth = 8;      // of data types in data types; HL7 knows three levels

    // A text of the message and how deep it is cut: 0 a field, 1 a repetition, 2 a component, 3 a subcomponent.
    struct value {
        std::string_view text{};
        std::uint8_t level = 0;
        std::uint8_t has = 0;  // of the segment's `contents`
    };
    // What a map runs over: a segment with its fields, or a value with its components or subcomponents.
    struct frame {
        std::uint32_t segment = 0;
        std::uint32_t group = no_group;    // that the resource at hand lives in
        bool is_segment = true;
        bool repeats = false;              // the field at hand has several repetitions
        std::span<const std::string_view> parts{};
        value whole{};
        origin whole_at{};
        const table* codes = nullptr;
        std::uint16_t field = 0;       // the row's; 0: the whole
        std::uint16_t repetition = 0;  // of a segment's field, for the items that it fills
        value at_hand{};               // its repetition at hand ...
        origin at{};                   // ... and where that stands
        const map* by = nullptr;       // the map that runs; null: none yet
        std::size_t answers = 0;       // where the answers to its conditions start
        std::uint64_t chosen = ~std::uint64_t{0};  // the bit of its choice
        unsigned depth = 0;            // of data types in data types
    };
    enum class answer : std::uint8_t { unknown, no, yes };
    struct instance {
        std::uint32_t of = 0xffffffff;
        resource* what = nullptr;
    };
    struct locals;
    // A resource that references elsewhere in the message may ask for by its key, and a reference that asks.
    struct keyed {
        const message_row* by = nullptr;
        std::uint32_t segment = 0;
        resource* what = nullptr;
    };
    struct link {
        const reference_rule* by = nullptr;
        std::uint32_t segment = 0;
        resource* in = nullptr;
        resource* to = nullptr;
    };

    bool lay_out(const message_map& on);
    void run_message_row(const message_map& on, const message_row& one, std::uint32_t segment);
    void run_links(const message_map& on);
    std::string_view key_of(const message_map& on, std::uint16_t variable, std::span<const piece> pieces, std::uint32_t segment);
    void run_reference(const message_map& on, const reference_rule& rule, std::uint32_t segment);
    instance& find_instance(const message_map& on, std::uint16_t variable, std::uint32_t segment);
    void run_map(const map& which, frame& over, node* root, locals* chained = nullptr);
    void run_field(std::span<const row> rows, frame& over, node* root, locals* chained);
    void run_repetitions(const row& one, frame& over, node* root, locals* chained);
    void run_once(const row& one, frame& over, node* root, locals* chained);
    void run_call(const row& one, frame& over, node* root, locals* chained);
    void run_chain(const map& which, frame& over, node* reference);
    node* target(const row& one, const frame& over, node* root, locals* chained);
    node* walk(node* root, std::span<const step> steps, const frame& over, bool enter = true);
    void attach_original(node* at, const row& by, const frame& over);
    void note_deleted(const row& one, const frame& over, node* root, std::string_view text);
    resource* make(const fhir::type& type, std::uint32_t segment);

    // What a source says, and where it stands. Most say the field at hand.
    static bool is_at_hand(const frame& over, const source& from)
    {
        return from.own && from.field == over.field && !from.repetition;
    }
    value find(const frame& over, const source& from) const
    {
        return is_at_hand(over, from) && !from.component ? over.at_hand : find_elsewhere(over, from);
    }
    origin origin_of(const frame& over, const source& from) const
    {
        return is_at_hand(over, from) && !from.component ? over.at : origin_elsewhere(over, from);
    }
    value find_elsewhere(const frame& over, const source& from) const;
    origin origin_elsewhere(const frame& over, const source& from) const;
    value find_other(const frame& over, const source& from) const;
    frame frame_of(std::uint32_t segment) const;
    void take_whole(frame& over) const;
    void take(std::uint16_t field, frame& over) const;
    static std::uint8_t level_below(const value& of) { return of.level <= 1 ? 2 : static_cast<std::uint8_t>(of.level + 1); }
    trace::read what_it_reads(const row& one, const frame& over) const;
    void keep_reads(const piece& one, const frame& over) const;
    void keep_test(const condition& one, const frame& over) const;
    value below(value of, const source& from) const;
    value field(const frame& over, std::uint16_t number, std::uint16_t repetition) const;
    std::string_view plain(const value& of);
    bool is_valued(std::string_view text) const;
    std::string_view leaf(value of);
    std::uint64_t choose(const choice& by, const frame& over);
    bool test(std::int32_t index, frame& over);
    bool evaluate(const condition& one, frame& over);
    bool test_comparison(const condition& one, frame& over);
    std::string_view compose(std::span<const piece> pieces, frame& over);
    void append(const piece& one, frame& over, std::string& to);

    std::string_view translate(const table::entry& by, std::string_view code);
    void fill(node* at, std::string_view text, const row& by, const frame& over, const origin& from);
    void fill_constant(node* at, const row& by);
    void fill_coding(node* at, std::string_view system, std::string_view code, std::string_view display, const row& by, const origin& from);
    void fill_text(node* at, std::string_view text, const row& by, const origin& from);
    void keep_as_text(node* at, std::string_view text, const row& by, const origin& from);
    void put(node* parent, const fhir::slot& what, std::string_view text, const row& by, const origin& from);
    void tell(model::severity level, std::string code, int v2_code, const origin& at, std::string words);

    void finish(const message_map& on);
    void check_required(const message_map& on);

    std::shared_ptr<const program> maps_;
    time_zone zone_;
    profiles profiles_;
    arena memory_{};
    layout layout_{};
    const message* message_ = nullptr;
    const message_map* structure_ = nullptr;
    trace* trace_ = nullptr;
    std::string_view original_{};
    model::issues* found_ = nullptr;
    std::size_t told_ = 0;
    std::vector<instance> variables_{};
    std::vector<keyed> keyed_{};
    std::vector<link> links_{};
    std::vector<resource*> resources_{};
    std::vector<resource*> entries_{};
    resource* bundle_ = nullptr;
    const node* attached_to_ = nullptr;  // the root of what carries the message: the last entry
    std::string composed_{};
    std::vector<answer> answers_{};  // of the maps that are running, and ...
    std::size_t answered_ = 0;       // ... how many those are
    std::array<std::array<std::string_view, most_parts>, most_depth> parts_{};  // of the values that they run over
};

/// Gives every resource its id (design, section 3, "Ids") and makes one of those that are the same; `sender` and `control_id` name
/// the message. The resources must be finished.
void identify(std::span<resource* const> all, std::string_view sender, std::string_view control_id);

}  // namespace tieline::adapters::hl7v2
