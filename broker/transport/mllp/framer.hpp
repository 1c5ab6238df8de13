#pragma once

#include "broker/base/error.hpp"
#include "broker/transport/mllp/errc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::transport::mllp {

inline constexpr char start_block = '\x0B';
inline constexpr char end_block = '\x1C';

/// The message as a frame (MLLP release 1 §2.1): start block, message, end block, carriage return.
std::string frame(std::string_view message);
void append_frame(std::string& to, std::string_view message);

/// Finds the frames in a stream of bytes. No socket, no clock: fed with bytes, asked for messages. Each byte is looked at once.
/// A frame ends with its end block; the carriage return after it is taken where it comes, and not waited for.
class framer {
public:
    /// `max_frame` is the most bytes that a message may have.
    explicit framer(std::size_t max_frame) : max_frame_(max_frame) {}

    /// Goes on with these bytes, which must stay where they are until `next` gives none. Only then it may be called again.
    void feed(std::string_view bytes) { rest_ = bytes; }

    /// The next whole message, without its framing; none when the bytes are used up.
    /// Errors: errc::broken_frame, after which one asks again; the others are final: the connection is to be closed.
    result<std::optional<std::string>> next();

    /// Whether bytes that were fed are left.
    bool has_more() const { return !rest_.empty(); }
    /// Whether a frame has begun that has not ended.
    bool in_frame() const { return where_ == place::inside; }
    /// Bytes held of the begun frame.
    std::size_t held() const { return frame_.size(); }
    /// What has come of the begun frame, at most 4 KiB.
    std::string_view head() const { return std::string_view(frame_).substr(0, 4096); }
    /// Bytes outside of whole frames since the connection began.
    std::uint64_t skipped() const { return skipped_; }

private:
    enum class place { opening, outside, inside, after };  // opening: before the first frame; after: a CR may come

    void take_carriage_return();
    error_code skip_to_start();
    error_code recognise();
    result<bool> take_to_end();

    std::size_t max_frame_;
    std::string_view rest_{};
    place where_ = place::opening;
    std::string opening_{};       // the first bytes of the connection, as long as they may be another protocol's
    std::string frame_{};
    std::uint64_t skipped_ = 0;
    std::size_t skipped_in_a_row_ = 0;  // since the last whole frame
};

}  // namespace tieline::transport::mllp
