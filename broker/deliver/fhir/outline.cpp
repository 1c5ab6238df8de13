#include "broker/deliver/fhir/outline.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace tieline::deliver::fhir {
namespace {

constexpr std::size_t most_entries = 1'000;

// Follows the path to each value; only the few that an outline holds are looked at.
class handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, handler> {
public:
    handler(std::string_view text, const rapidjson::MemoryStream& at) : text_(text), at_(at) {}

    bool Key(const char* name, rapidjson::SizeType size, bool)
    {
        path_.resize(starts_.back());
        path_ += '/';
        path_.append(name, size);
        return true;
    }
    bool String(const char* value, rapidjson::SizeType size, bool)
    {
        if (auto* place = wanted())
            place->assign(value, size);
        return true;
    }
    bool StartObject()
    {
        if (starts_.empty())
            whole_begins_ = at_.Tell();
        else if (path_ == "/entry/resource")
            begin_entry();
        starts_.push_back(path_.size());
        return true;
    }
    bool EndObject(rapidjson::SizeType)
    {
        path_.resize(starts_.back());
        starts_.pop_back();
        if (starts_.empty())
            found_.whole.json = text_.substr(whole_begins_, at_.Tell() + 1 - whole_begins_);
        else if (path_ == "/entry/resource" && inside_)
            end_entry();
        return true;
    }
    bool Default() { return true; }

    outline take() { return std::move(found_); }
    bool is_object() const { return !found_.whole.json.empty(); }

private:
    void begin_entry()
    {
        inside_ = found_.entries.size() < most_entries;
        if (inside_)
            found_.entries.emplace_back();
        begins_ = at_.Tell();
    }
    void end_entry()
    {
        found_.entries.back().json = text_.substr(begins_, at_.Tell() + 1 - begins_);
        inside_ = false;
    }
    std::string* wanted()
    {
        if (path_ == "/resourceType")
            return &found_.whole.type;
        if (path_ == "/id")
            return &found_.whole.id;
        if (path_ == "/type")
            return &found_.bundle_type;
        if (!inside_)
            return nullptr;
        if (path_ == "/entry/resource/resourceType")
            return &found_.entries.back().type;
        if (path_ == "/entry/resource/id")
            return &found_.entries.back().id;
        if (path_ == "/entry/resource/response/code" && found_.response_code.empty())
            return &found_.response_code;
        return nullptr;
    }

    std::string_view text_;
    const rapidjson::MemoryStream& at_;
    outline found_;
    std::string path_;                 // names from the whole to the present value; lists leave no trace in it
    std::vector<std::size_t> starts_;  // the path's length at each object that is open
    std::size_t whole_begins_ = 0;
    std::size_t begins_ = 0;
    bool inside_ = false;              // of an entry's resource that is kept
};

}  // namespace

std::optional<outline> read_outline(std::string_view json)
{
    rapidjson::MemoryStream stream(json.data(), json.size());
    handler into(json, stream);
    rapidjson::Reader reader;
    // Iterative: RapidJSON's usual parser overflows the stack on deep nesting.
    const auto done = reader.Parse<rapidjson::kParseIterativeFlag>(stream, into);
    return done && into.is_object() ? std::optional(into.take()) : std::nullopt;
}

}  // namespace tieline::deliver::fhir
