#include "adapters/hl7v2/write.hpp"

#include <array>

namespace tieline::adapters::hl7v2 {
namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> made{};
    for (std::size_t i = 0; i < 0x20; i++)
        made[i] = true;
    made['"'] = made['\\'] = true;
    return made;
}();

void append_text(std::string& to, std::string_view text)
{
    to += '"';
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); i++) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (!needs_escape[byte])
            continue;
        to.append(text, from, i - from);
        from = i + 1;
        switch (byte) {
        case '"': to += "\\\""; break;
        case '\\': to += "\\\\"; break;
        case '\n': to += "\\n"; break;
        case '\r': to += "\\r"; break;
        case '\t': to += "\\t"; break;
        default:
            to += "\\u00";
            to += "0123456789abcdef"[byte >> 4];
            to += "0123456789abcdef"[byte & 15];
        }
    }
    to.append(text, from, text.size() - from);
    to += '"';
}

bool is_bare(fhir::primitive kind)
{
    return kind == fhir::primitive::boolean || kind == fhir::primitive::decimal || kind == fhir::primitive::integer ||
           kind == fhir::primitive::positive || kind == fhir::primitive::natural;
}

const resource& final_one(const resource& of) { return of.same ? final_one(*of.same) : of; }

class writer {
public:
    explicit writer(std::string& to) : to_(to) {}

    void members(const node& of)
    {
        if (of.to) {
            name("reference");
            to_ += "\"urn:uuid:";
            to_ += final_one(*of.to).id_text();
            to_ += '"';
        }
        for (const node* child = of.child; child; child = child->next)
            element(*child);
    }

    void name(std::string_view text, std::string_view before = "")
    {
        if (to_.back() != '{')
            to_ += ',';
        to_ += '"';
        to_ += before;
        to_ += text;
        to_ += "\":";
    }

private:
    void element(const node& first)
    {
        const bool primitive = first.type->kind != fhir::primitive::complex;
        bool texts = false, extensions = false;
        for (const node* item = &first; item; item = item->more) {
            texts |= item->has_text;
            extensions |= item->child != nullptr;
        }
        if (!primitive || texts) {
            if (to_.back() != '{')
                to_ += ',';
            to_ += first.as->member;
            items(first, [this](const node& one) { value(one); });
        }
        if (primitive && extensions) {
            name(first.as->name, "_");
            items(first, [this](const node& one) { one.child ? object(one) : void(to_ += "null"); });
        }
    }

    template <typename Write>
    void items(const node& first, const Write& write)
    {
        if (!first.element->many)
            return write(first);
        to_ += '[';
        for (const node* item = &first; item; item = item->more) {
            if (item != &first)
                to_ += ',';
            write(*item);
        }
        to_ += ']';
    }

    void value(const node& one)
    {
        if (one.type->kind == fhir::primitive::complex)
            object(one);
        else if (!one.has_text)
            to_ += "null";
        else if (is_bare(one.type->kind))
            to_ += one.text;
        else
            append_text(to_, one.text);
    }

    void object(const node& of)
    {
        to_ += '{';
        members(of);
        to_ += '}';
    }

    std::string& to_;
};

}  // namespace

void write_resource(const resource& from, std::string& to)
{
    to += "{\"resourceType\":\"";
    to += from.root.type->name;
    to += '"';
    if (from.identified) {
        to += ",\"id\":\"";
        to += from.id_text();
        to += '"';
    }
    writer(to).members(from.root);
    to += '}';
}

void write_bundle(const resource& bundle, std::span<resource* const> entries, std::string& to)
{
    write_resource(bundle, to);
    to.pop_back();
    if (!entries.empty()) {
        to += ",\"entry\":[";
        for (const auto* entry : entries) {
            to += entry == entries.front() ? "{\"fullUrl\":\"urn:uuid:" : ",{\"fullUrl\":\"urn:uuid:";
            to += entry->id_text();
            to += "\",\"resource\":";
            write_resource(*entry, to);
            to += '}';
        }
        to += ']';
    }
    to += '}';
}

}  // namespace tieline::adapters::hl7v2
