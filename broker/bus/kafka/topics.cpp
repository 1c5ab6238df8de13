#include "broker/bus/kafka/topics.hpp"

#include "broker/bus/bus.hpp"
#include "broker/observe/log.hpp"

#include <algorithm>

namespace tieline::bus::kafka {

using namespace std::chrono_literals;

void topics::want(const std::vector<std::string>& names)
{
    for (const auto& name : names)
        if (topics_.try_emplace(name).second)
            next_try_ = {};
}

bool topics::has(const std::string& name) const
{
    const auto found = topics_.find(name);
    return found != topics_.end() && found->second.there;
}

std::size_t topics::most_bytes(const std::string& name) const
{
    const auto found = topics_.find(name);
    return found == topics_.end() ? most_record_bytes : found->second.most_bytes;
}

std::size_t topics::least_most_bytes() const
{
    std::size_t least = most_record_bytes;
    for (const auto& [name, one] : topics_)
        if (one.there)
            least = std::min(least, one.most_bytes);
    return least;
}

void topics::want_again()
{
    for (auto& [name, one] : topics_)
        one.there = false;
    next_try_ = {};
}

std::vector<std::string> topics::due() const
{
    std::vector<std::string> names;
    for (const auto& [name, one] : topics_)
        if (!one.there || clock::now() >= one.look_again)
            names.push_back(name);
    return names;
}

void topics::settle(producer& with, std::mutex& mutex)
{
    std::unique_lock lock(mutex);
    if (clock::now() < next_try_ || !with.up())
        return;
    const auto names = due();
    if (names.empty())
        return;
    next_try_ = clock::now() + 2s;
    lock.unlock();
    for (const auto& name : names) {
        const auto found = with.ensure_topic({.name = name, .partitions = partitions_, .replication = replication_}, 3s);
        if (!found) {
            complaints_[name] = "topic " + name + ": " + found.error();
            observe::log.warn("bus.topic_missing", {{"topic", name}, {"reason", found.error()}});
            return;
        }
        const auto most = with.most_bytes(name);
        note(name, *found, most);
        lock.lock();
        auto& one = topics_[name];
        one.there = true;
        one.most_bytes = most > 0 ? std::min(most, most_record_bytes) : most_record_bytes;
        one.look_again = most < most_record_bytes ? clock::now() + 10s : clock::time_point::max();
        lock.unlock();
    }
}

void topics::note(const std::string& name, const topic_state& found, std::size_t most_bytes)
{
    board_.topic(name).partitions.set(found.partitions);
    std::string words;
    if (found.partitions < partitions_ || found.replication < replication_)
        words = "has " + std::to_string(found.partitions) + " partitions and " + std::to_string(found.replication) +
                " replicas, fewer than configured";
    else if (most_bytes > 0 && most_bytes < most_record_bytes)
        words = "takes records of at most " + std::to_string(most_bytes) + " bytes (max.message.bytes): larger ones are held";
    if (words.empty()) {
        complaints_.erase(name);
        return;
    }
    auto& told = complaints_[name];
    words = "topic " + name + ' ' + words;
    if (told != words)
        observe::log.warn("bus.topic_has_less", {{"topic", name},
                                                 {"partitions", found.partitions},
                                                 {"replication", found.replication},
                                                 {"most_bytes", most_bytes},
                                                 {"partitions_wanted", partitions_},
                                                 {"replication_wanted", replication_}});
    told = std::move(words);
}

}  // namespace tieline::bus::kafka
