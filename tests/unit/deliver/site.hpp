#pragma once

#include "broker/deliver/destination.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/outcomes.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tieline::tests {

/// A way out that answers as a test says, and remembers what it was sent.
struct script {
    using reaction = std::function<deliver::attempt(const deliver::parcel&)>;
    std::mutex mutex{};
    reaction react{};                              ///< none: all is delivered
    std::atomic<std::chrono::milliseconds> takes{std::chrono::milliseconds(0)};  ///< how long a send takes
    std::vector<deliver::parcel> sent{};
    std::size_t at_once = 0, most_at_once = 0;
    std::vector<std::string> overlapping{};        ///< ids of messages whose key was being sent already
    std::map<std::string, int> keys{};

    std::vector<std::uint64_t> offsets();
    std::size_t count();
    std::vector<deliver::parcel> got();  ///< what was sent until now
    std::size_t most();          ///< that were sent at once
    std::size_t overlaps();
    void answer(reaction with);
};

/// A data folder with a store, and a dispatcher on it that can be stopped and started again. Destinations of kind `scripted`
/// follow the script of their name.
class site {
public:
    site();
    ~site();

    /// `destinations` is the mapping of that name in YAML: `lab: {scripted: {}}`.
    void start(const std::string& destinations, model::issues* found = nullptr);
    void stop(std::chrono::milliseconds limit = std::chrono::seconds(5));
    std::vector<settings::destination> read(const std::string& destinations);

    /// Puts waiting deliveries with a Bundle each into the queue, as the pipeline does, and offers them where it runs.
    void put(const std::string& destination, std::vector<std::uint64_t> offsets, const std::string& key = "p1");
    void put_rows(std::vector<deliver::queued> rows, bool with_content = true, bool tell = true);
    std::uint64_t journal_message(const std::string& bytes);  ///< appends it to the journal; its offset

    deliver::dispatcher& dispatcher() { return *dispatcher_; }
    observe::destination_row& row(const std::string& name) { return board_->destination(name); }
    std::vector<std::string> shown();  ///< the destinations that stand on the board
    script& of(const std::string& name) { return *scripts_[name]; }
    store::store& store() { return *store_; }

    std::vector<std::uint64_t> listed(const std::string& destination, model::delivery_state state);
    /// A message's trace once it has so many lines: counts and rows are seen before the batch that holds the lines is.
    std::vector<journal::trace_line> story(std::uint64_t at, std::size_t lines = 1);
    std::string order(deliver::order::kind what, const std::string& destination, std::uint64_t at);

    std::vector<std::uint64_t> released_messages{};

private:
    deliver::registry kinds();

    temporary_folder folder_;
    std::unique_ptr<store::store> store_;
    std::unique_ptr<observe::board> board_;
    std::map<std::string, std::shared_ptr<script>> scripts_;
    std::unique_ptr<deliver::dispatcher> dispatcher_;
};

}  // namespace tieline::tests
