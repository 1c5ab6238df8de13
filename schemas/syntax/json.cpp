#include "schemas/syntax/json.hpp"

#include "schemas/syntax/scan.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <vector>

namespace tieline::schemas::syntax {
namespace {

constexpr unsigned flags = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

fault fault_at(std::string_view text, std::size_t position, std::string what)
{
    const auto before = text.substr(0, position);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const auto last = before.rfind('\n');
    return {line, position - (last == std::string_view::npos ? 0 : last + 1) + 1, std::move(what)};
}

/// Hands a reader's events on to the document and stops it at a member that its object has already.
class unique_members {
public:
    using Ch = char;  // the name that RapidJSON looks for

    explicit unique_members(rapidjson::Document& to) : to_(to) {}
    bool found_twice() const { return twice_; }

    bool Null() { return to_.Null(); }
    bool Bool(bool value) { return to_.Bool(value); }
    bool Int(int value) { return to_.Int(value); }
    bool Uint(unsigned value) { return to_.Uint(value); }
    bool Int64(std::int64_t value) { return to_.Int64(value); }
    bool Uint64(std::uint64_t value) { return to_.Uint64(value); }
    bool Double(double value) { return to_.Double(value); }
    bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return to_.RawNumber(text, size, true); }
    bool String(const char* text, rapidjson::SizeType size, bool) { return to_.String(text, size, true); }
    bool StartArray() { return to_.StartArray(); }
    bool EndArray(rapidjson::SizeType size) { return to_.EndArray(size); }

    bool StartObject()
    {
        begins_.push_back(names_.size());
        return to_.StartObject();
    }
    bool Key(const char* text, rapidjson::SizeType size, bool)
    {
        names_.emplace_back(text, size);
        return to_.Key(text, size, true);
    }
    bool EndObject(rapidjson::SizeType size)
    {
        const auto first = names_.begin() + static_cast<std::ptrdiff_t>(begins_.back());
        std::sort(first, names_.end());
        twice_ = twice_ || std::adjacent_find(first, names_.end()) != names_.end();
        names_.erase(first, names_.end());
        begins_.pop_back();
        return !twice_ && to_.EndObject(size);
    }

private:
    rapidjson::Document& to_;
    std::vector<std::string> names_;     // of all objects that are open, the inner ones last
    std::vector<std::size_t> begins_;    // where each open object's names begin
    bool twice_ = false;
};

}  // namespace

std::optional<fault> read_json(std::string_view text, rapidjson::Document& into, const limits& within)
{
    into.SetNull();
    if (text.size() > within.bytes)
        return fault{1, 1, "larger than " + std::to_string(within.bytes) + " bytes"};
    if (const auto found = scan(text, within.depth, within.values))
        return fault_at(text, found->position, std::string(found->what));
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    rapidjson::Reader reader;
    bool twice = false;
    auto events = [&](rapidjson::Document& handler) {
        unique_members members(handler);
        const bool parsed = !reader.Parse<flags>(stream, members).IsError();
        twice = members.found_twice();
        return parsed;
    };
    into.Populate(events);
    if (!reader.HasParseError())
        return std::nullopt;
    into.SetNull();
    return fault_at(text, reader.GetErrorOffset(),
                    twice ? "the object that ends here names a member twice" : rapidjson::GetParseError_En(reader.GetParseErrorCode()));
}

}  // namespace tieline::schemas::syntax
