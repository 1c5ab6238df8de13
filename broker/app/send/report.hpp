#pragma once

#include "broker/app/send/run.hpp"

#include <ostream>
#include <string_view>

namespace tieline::app::send {

/// Writes a line for each answer, and the bar.
class report {
public:
    report(std::ostream& out, bool json, bool progress, std::uint64_t total) : out_(out), json_(json), progress_(progress), total_(total) {}

    void add(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took);
    /// Takes the bar away.
    tally finish();

private:
    void write_json(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took);
    void write_text(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took);
    void draw();

    std::ostream& out_;
    bool json_;
    bool progress_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
    std::chrono::steady_clock::time_point drawn_{};
    tally tally_{};
};

}  // namespace tieline::app::send
