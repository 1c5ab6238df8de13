#pragma once

#include "broker/deliver/dispatcher.hpp"

#include <string>
#include <vector>

namespace tieline::ops::admin {

/// Which messages a person means.
struct wanted {
    deliver::order::kind what = deliver::order::kind::release;
    std::vector<std::string> ids{};  ///< Tieline ids; empty with `all`
    std::string destination{};       ///< empty: wherever they are unfinished
    bool all = false;                ///< all that the order can be for, at the destination
};

/// One message at one destination that an order would change; or, with `error`, an id that it can't.
struct selected {
    deliver::listed row{};
    std::string id{};
    std::string error{};
};

/// Finds them in the durable queue, oldest first, at most `most_rows`. In words why not, in `refused`, when the request itself makes
/// no sense.
std::vector<selected> select(store::store& from, const std::string& node, const wanted& given, std::string& refused);

}  // namespace tieline::ops::admin
