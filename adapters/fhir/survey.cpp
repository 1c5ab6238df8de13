#include "adapters/fhir/survey.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace tieline::adapters::fhir {
namespace {

constexpr std::string_view nhs_system = "https://fhir.nhs.uk/Id/nhs-number";

// Follows the path to each value; lists leave no trace in it.
class surveyor : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, surveyor> {
public:
    surveyor(std::string_view text, const rapidjson::MemoryStream& at) : text_(text), at_(at) {}

    bool Key(const char* name, rapidjson::SizeType size, bool)
    {
        member_begins_ = text_.find('"', seen_);
        path_.resize(open_.back().path);
        path_ += '/';
        path_.append(name, size);
        open_.back().has_display |= std::string_view(name, size) == "display";
        open_.back().has_identifier |= std::string_view(name, size) == "identifier";
        return step();
    }
    bool String(const char* value, rapidjson::SizeType size, bool)
    {
        const auto begins = text_.find('"', seen_) + 1;
        take({value, size}, text_.substr(begins, at_.Tell() - 1 - begins));
        return step();
    }
    bool StartObject()
    {
        const auto begins = at_.Tell();
        if (path_ == "/entry" && open_.size() == 1)
            made_.entries.emplace_back();
        else if (path_ == "/entry/resource" && !made_.entries.empty())
            made_.entries.back().resource.begin = begins;
        else if (path_ == "/identifier")
            identifier_begins_ = begins;
        else if (path_ == "/entry/resource/identifier")
            system_.clear();
        open_.push_back({.path = path_.size()});
        return step(1);
    }
    bool EndObject(rapidjson::SizeType)
    {
        end_pointers();
        path_.resize(open_.back().path);
        open_.pop_back();
        if (path_ == "/entry/resource" && !made_.entries.empty())
            made_.entries.back().resource.end = at_.Tell() + 1;
        else if (path_ == "/identifier")
            made_.identifier = text_.substr(identifier_begins_, at_.Tell() + 1 - identifier_begins_);
        else if (path_ == "/entry/resource/identifier")
            end_identifier();
        return step(1);
    }
    bool StartArray() { return step(1); }
    bool EndArray(rapidjson::SizeType) { return step(1); }
    bool RawNumber(const char*, rapidjson::SizeType, bool) { return step(); }
    bool Default() { return step(); }

    survey take() { return std::move(made_); }
    bool is_bundle() const { return is_bundle_; }

private:
    struct object {
        std::size_t path = 0;      // its length
        std::size_t pointers = 0;  // how many the entry has that are members of this object
        bool has_display = false, has_identifier = false;
    };

    // Where the next token may begin; brackets are told of before they are passed.
    bool step(std::size_t more = 0)
    {
        seen_ = at_.Tell() + more;
        return true;
    }

    bool inside() const { return path_.starts_with("/entry/resource/") && !made_.entries.empty(); }

    void take(std::string_view value, std::string_view raw)
    {
        if (inside())
            return take_of_resource(value, raw);
        if (path_ == "/resourceType")
            is_bundle_ = value == "Bundle";
        else if (path_ == "/type")
            made_.bundle_type = raw;
        else if (path_ == "/entry/fullUrl" && !made_.entries.empty())
            made_.entries.back().full_url = raw;
    }

    void take_of_resource(std::string_view value, std::string_view raw)
    {
        auto& in = made_.entries.back();
        const auto rest = std::string_view(path_).substr(std::string_view("/entry/resource").size());
        if (rest == "/resourceType")
            in.type = raw;
        else if (rest == "/id")
            in.id = raw, in.id_member = {member_begins_, at_.Tell()};
        else if (rest == "/identifier/system")
            system_ = value;
        else if (rest == "/identifier/value")
            value_ = value;
        else if (rest == "/period/start")
            in.has_beginning = true;
        else if (rest == "/source/endpoint" && made_.source.empty())
            made_.source = raw;
        const bool link = path_.ends_with("/url") && raw.starts_with("urn:uuid:");
        if (!link && !path_.ends_with("/reference"))
            return;
        in.pointers.push_back({.member = {member_begins_, at_.Tell()}, .name = link ? "url" : "reference", .to = raw});
        open_.back().pointers++;
        if (rest == "/focus/reference" && in.type == "MessageHeader")
            made_.focus.push_back(raw);
    }

    void end_pointers()
    {
        const auto& ending = open_.back();
        for (std::size_t i = 0; i < ending.pointers; i++) {
            auto& of = made_.entries.back().pointers;
            auto& one = of[of.size() - 1 - i];
            one.has_display = ending.has_display;
            one.has_identifier = ending.has_identifier;
        }
    }

    // The first names it, a hospital's own number before the NHS number, as that comes and goes within one feed.
    void end_identifier()
    {
        if (made_.entries.empty() || value_.empty())
            return;
        auto& in = made_.entries.back();
        in.has_identifier = true;
        if (!system_.empty() && (in.value.empty() || (in.system == nhs_system && system_ != nhs_system))) {
            in.system = system_;
            in.value = value_;
        }
        value_.clear();
    }

    std::string_view text_;
    const rapidjson::MemoryStream& at_;
    survey made_{};
    std::string path_{}, system_{}, value_{};
    std::vector<object> open_{};
    std::size_t seen_ = 0, member_begins_ = 0, identifier_begins_ = 0;
    bool is_bundle_ = false;
};

}  // namespace

std::optional<survey> read_survey(std::string_view json)
{
    rapidjson::MemoryStream stream(json.data(), json.size());
    surveyor into(json, stream);
    rapidjson::Reader reader;
    // Iterative: RapidJSON's usual parser overflows the stack on deep nesting.
    constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    const auto done = reader.Parse<flags>(stream, into);
    return done && into.is_bundle() ? std::optional(into.take()) : std::nullopt;
}

}  // namespace tieline::adapters::fhir
