#include "adapters/hl7v2/write.hpp"

#include "broker/base/digest.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr bool is_bare(fhir::primitive kind)
{
    return kind == fhir::primitive::boolean || kind == fhir::primitive::decimal || kind == fhir::primitive::integer ||
           kind == fhir::primitive::positive || kind == fhir::primitive::natural;
}

const resource& final_one(const resource& of) { return of.same ? final_one(*of.same) : of; }

class writer {
public:
    explicit writer(json_text& to) : to_(to) {}

    void members(const node& of)
    {
        if (of.to) {
            comma();
            to_ << "\"reference\":\"urn:uuid:" << final_one(*of.to).id_text() << '"';
        }
        for (const node* child = of.child; child; child = child->next)
            child->type->kind == fhir::primitive::complex ? complex(*child) : primitive(*child);
    }

private:
    void comma()
    {
        if (to_.back() != '{')
            to_ << ',';
    }

    void complex(const node& first)
    {
        comma();
        to_ << first.as->member;
        items(first, [this](const node& one) { object(one); });
    }

    void primitive(const node& first)
    {
        bool texts = false, extensions = false;
        for (const node* item = &first; item; item = item->more) {
            texts |= item->has_text;
            extensions |= item->child != nullptr;
        }
        if (texts) {
            comma();
            to_ << first.as->member;
            items(first, [this](const node& one) { text(one); });
        }
        if (extensions) {
            comma();
            to_ << "\"_" << first.as->name << "\":";
            items(first, [this](const node& one) { one.child ? object(one) : void(to_ << "null"); });
        }
    }

    template <typename Write>
    void items(const node& first, const Write& write)
    {
        if (!first.element->many)
            return write(first);
        to_ << '[';
        for (const node* item = &first; item; item = item->more) {
            if (item != &first)
                to_ << ',';
            write(*item);
        }
        to_ << ']';
    }

    void text(const node& one)
    {
        if (!one.has_text)
            to_ << "null";
        else if (one.is_bytes)
            bytes(one.text);
        else if (is_bare(one.type->kind))
            to_ << one.text;
        else
            to_.add_string(one.text);
    }

    // In pieces: it may be many MiB.
    void bytes(std::string_view all)
    {
        constexpr std::size_t piece = 48U << 10;  // a multiple of 3
        to_ << '"';
        for (; !all.empty(); all.remove_prefix(std::min(piece, all.size())))
            to_ << base64(all.substr(0, piece));
        to_ << '"';
    }

    void object(const node& of)
    {
        to_ << '{';
        members(of);
        to_ << '}';
    }

    json_text& to_;
};

}  // namespace

void write_resource(const resource& from, json_text& to)
{
    to << "{\"resourceType\":\"" << from.root.type->name << '"';
    if (from.identified)
        to << ",\"id\":\"" << from.id_text() << '"';
    writer(to).members(from.root);
    to << '}';
}

void write_bundle(const resource& bundle, std::span<resource* const> entries, json_text& to)
{
    write_resource(bundle, to);
    to.cut(to.view().size() - 1);
    if (!entries.empty()) {
        to << ",\"entry\":[";
        for (const auto* entry : entries) {
            to << (entry == entries.front() ? "{\"fullUrl\":\"urn:uuid:" : ",{\"fullUrl\":\"urn:uuid:") << entry->id_text()
               << "\",\"resource\":";
            write_resource(*entry, to);
            to << '}';
        }
        to << ']';
    }
    to << '}';
}

}  // namespace tieline::adapters::hl7v2
