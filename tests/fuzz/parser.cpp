// Header, character set, batches and the parser: every view lies in the bytes, the parts of a batch are its own, answers are made.
#include "adapters/hl7v2/answer.hpp"
#include "adapters/hl7v2/batch.hpp"
#include "adapters/hl7v2/charset.hpp"
#include "adapters/hl7v2/header.hpp"
#include "adapters/hl7v2/parse.hpp"
#include "adapters/hl7v2/text.hpp"

#include <cstdint>
#include <cstdlib>

using namespace tieline;
using namespace tieline::adapters::hl7v2;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

bool lies_in(std::string_view part, std::string_view whole)
{
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read_fields(std::string_view bytes)
{
    message read;
    model::issues found;
    if (!read.read(bytes, found))
        return require(model::has_error(found));
    for (const auto& one : read.segments()) {
        require(lies_in(one.name, bytes) && one.name.size() == 3);
        for (const auto field : read.fields(one))
            require(lies_in(field, bytes));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    model::issues found;
    const auto head = read_header(bytes, found);
    to_envelope(head, found);
    make_answer(head, {.found = found}, {});
    make_answer(head, {.what = model::verdict::kind::invalid, .found = found}, {});

    std::string buffer;
    const auto text = to_utf8(bytes, trim(head.field(18)), buffer, found, {.marks = head.marks});
    require(is_utf8(text));
    read_fields(text);

    if (const auto batch = split_batch(bytes)) {
        std::vector<model::answer> answers;
        for (const auto one : batch->messages) {
            require(lies_in(one, bytes) && one.starts_with("MSH") && !split_batch(one));
            answers.push_back({.bytes = "MSH|ack\r"});
        }
        make_batch_answer(bytes, answers);
    }
    return 0;
}
