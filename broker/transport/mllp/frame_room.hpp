#pragma once

#include <cstddef>

namespace tieline::transport::mllp {

/// Room in memory for the begun frames of all sessions of a listener: thousands of senders may begin a large frame at once.
/// One session at a time may go beyond it, so that somebody always gets on and gives room back.
class frame_room {
public:
    explicit frame_room(std::size_t bytes) : most_(bytes) {}

    /// A session's part; gives it back when it goes.
    class share {
    public:
        explicit share(frame_room& of) : room_(of) {}
        share(const share&) = delete;
        share& operator=(const share&) = delete;
        ~share() { resize(0); }

        /// Whether the session may hold so many bytes. Less than it has is always granted.
        bool resize(std::size_t bytes)
        {
            const std::size_t used = room_.used_ - held_ + bytes;
            if (bytes > held_ && used > room_.most_) {
                if (room_.beyond_ && room_.beyond_ != this)
                    return false;
                room_.beyond_ = this;
            } else if (room_.beyond_ == this && used <= room_.most_) {
                room_.beyond_ = nullptr;
            }
            room_.used_ = used;
            held_ = bytes;
            return true;
        }

    private:
        frame_room& room_;
        std::size_t held_ = 0;
    };

    std::size_t used() const { return used_; }

private:
    std::size_t most_;
    std::size_t used_ = 0;
    const share* beyond_ = nullptr;
};

}  // namespace tieline::transport::mllp
