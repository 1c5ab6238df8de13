// The MLLP framer: however the bytes are cut into reads, the same messages come out, none is too long, and no byte is lost count of.
#include "broker/transport/mllp/errc.hpp"
#include "broker/transport/mllp/framer.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace tieline::transport::mllp;

namespace {

constexpr std::size_t max_frame = 4096;

struct came {
    std::vector<std::string> messages{};
    std::uint64_t skipped = 0;
    bool operator==(const came&) const = default;
};

/// False when the connection is to be closed.
bool take_all(framer& from, came& into)
{
    for (;;) {
        auto next = from.next();
        if (!next && next.error() != errc::broken_frame)
            return false;
        if (!next)
            continue;
        if (!*next)
            return true;
        if ((**next).size() > max_frame)
            std::abort();
        into.messages.push_back(std::move(**next));
    }
}

came read(std::string_view bytes, std::size_t step)
{
    framer from(max_frame);
    came all;
    for (bool open = true; open && !bytes.empty();) {
        from.feed(bytes.substr(0, step));
        open = take_all(from, all);
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    all.skipped = from.skipped();
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(bytes, bytes.size() + 1), pieces = read(bytes, data[0] % 16 + 1U);
    if (whole.messages != pieces.messages)
        std::abort();
    for (const auto& message : whole.messages) {
        if (message.find(end_block) == message.npos && read(frame(message), 7).messages != std::vector<std::string>{message} && message.find(start_block) == message.npos)
            std::abort();
    }
    return 0;
}
