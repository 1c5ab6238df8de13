// The whole conversion: a Bundle that is JSON in UTF-8, the same every time, with the message in it and without, or an error.
#include "adapters/hl7v2/hl7v2.hpp"
#include "broker/model/original.hpp"

#include <rapidjson/document.h>

#include <cstdint>
#include <cstdlib>

using namespace tieline;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

bool is_json(const std::string& text)
{
    rapidjson::Document read;
    read.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.c_str(), text.size());
    return !read.HasParseError() && read.IsObject();
}

adapters::adapter& adapter()
{
    static const auto made = [] {
        model::issues found;
        auto one = adapters::hl7v2::make_adapter({.time_zone = "Europe/London"}, found);
        require(one != nullptr);
        return one;
    }();
    return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const model::received message{.bytes = std::string(reinterpret_cast<const char*>(data), size)};
    const auto made = adapter().normalise(message);
    require(made.bundle.empty() == model::has_error(made.found));
    require(is_json(model::operation_outcome(made.found)));
    if (made.bundle.empty())
        return 0;
    require(is_json(made.bundle));
    require(is_json(model::without_original(made.bundle)));
    require(adapter().normalise(message).bundle == made.bundle);
    return 0;
}
