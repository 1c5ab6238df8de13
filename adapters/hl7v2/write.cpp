#include "adapters/hl7v2/write.hpp"

#include "broker/base/digest.hpp"

#include <algorithm>

namespace tieline::adapters::hl7v2 {
namespace {

const resource& final_one(const resource& of) { return of.same ? final_one(*of.same) : of; }

class writer {
public:
    explicit writer(json_text& to) : to_(to) {}

    // Each with a comma in front.
    void members(const node& of)
    {
        if (of.to)
            to_ << ",\"reference\":\"urn:uuid:" << final_one(*of.to).id_text() << '"';
        for (const node* child = of.child; child; child = child->next) {
            if (child->type->kind == fhir::primitive::complex)
                complex(*child);
            else
                primitive(*child);
        }
    }

private:
    void complex(const node& first)
    {
        to_ << first.as->member;
        items(first, [this](const node& one) { object(one); });
    }

    void primitive(const node& first)
    {
        if (first.has_text && !first.child && !first.element->many) {  // most of them
            to_ << first.as->member;
            return text(first);
        }
        bool texts = false, extensions = false;
        for (const node* item = &first; item; item = item->more) {
            texts |= item->has_text;
            extensions |= item->child != nullptr;
        }
        if (texts) {
            to_ << first.as->member;
            items(first, [this](const node& one) { text(one); });
        }
        if (extensions) {
            to_ << ",\"_" << first.as->name << "\":";
            items(first, [this](const node& one) { one.child ? object(one) : void(to_ << "null"); });
        }
    }

    template <typename Write>
    void items(const node& first, const Write& write)
    {
        if (!first.element->many)
            return write(first);
        to_ << '[';
        write(first);
        for (const node* item = first.more; item; item = item->more) {
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
        else if (one.type->is_bare)
            to_ << one.text;
        else
            to_.add_string(one.text);
    }

    void bytes(std::string_view all)
    {
        to_ << '"';
        write_base64(all, to_.add(base64_size(all.size())));
        to_ << '"';
    }

    void object(const node& of)
    {
        const auto start = to_.size();
        members(of);
        if (to_.size() == start)
            to_ << ',';
        to_.replace(start, '{');  // instead of the first comma
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
