#include "adapters/hl7v2/explain.hpp"

namespace tieline::adapters::hl7v2 {
namespace {

class explainer {
public:
    explainer(const conversion& of, std::vector<explanation>& into) : of_(of), into_(into) {}

    void members(const node& of, const std::string& path)
    {
        for (const node* child = of.child; child; child = child->next) {
            std::size_t index = 0;
            for (const node* item = child; item; item = item->more, index++) {
                const auto below = path + '.' + child->as->name + (child->element->many ? '[' + std::to_string(index) + ']' : "");
                if (item->has_text && item->from.known())
                    into_.push_back({.element = below, .at = of_.place(item->from), .row = &of_.maps().note(item->row)});
                members(*item, below);
            }
        }
    }

private:
    const conversion& of_;
    std::vector<explanation>& into_;
};

}  // namespace

std::vector<explanation> explain(const conversion& of)
{
    std::vector<explanation> made;
    explainer list(of, made);
    if (of.bundle())
        list.members(of.bundle()->root, "Bundle");
    for (std::size_t i = 0; i < of.entries().size(); i++)
        list.members(of.entries()[i]->root, "Bundle.entry[" + std::to_string(i) + "].resource");
    return made;
}

}  // namespace tieline::adapters::hl7v2
