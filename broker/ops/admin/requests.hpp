#pragma once

#include "broker/ops/ops.hpp"

#include <string>
#include <string_view>

namespace tieline::ops::admin {

/// Answers the lines of the admin socket; no sockets. A line is one JSON object with `do`:
/// `status`, `trace` (`id`), `held` (`destination`), `release`, `skip`, `hold` (`ids` or `destination` and `all`; `reason`;
/// `commit`: false says only what would change), `pause`, `resume` (`destination`, `reason`), `backup`.
/// The answer is one line: `{"ok": true, …}`, or `{"ok": false, "error": "…"}`.
class requests {
public:
    explicit requests(parts from) : from_(std::move(from)) {}

    /// Never throws for what `line` holds; waits for the dispatcher where it acts. `who`: `uid 1000`.
    std::string answer(std::string_view line, const std::string& who);

private:
    parts from_;
};

/// Where `backup` puts the copy of the store.
std::string copy_of_store(const std::string& data);

}  // namespace tieline::ops::admin
