#pragma once

#include "guide.hpp"

#include <set>
#include <string>

namespace coverage {

/// What was found about the guide's rows, by their ids.
struct findings {
    std::map<std::string, std::string> named{};      ///< by mapping rows, and where the first of these stands
    std::set<std::string> proved{};                  ///< a message was found in which one of these fills something
    std::map<std::string, std::string> unproved{};   ///< the others, and why
};

/// COVERAGE.md: what becomes of each row of the guide.
std::string write_report(const guide& of, const findings& found);

}  // namespace coverage
