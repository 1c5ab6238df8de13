#include "broker/bus/kafka/topics.hpp"

#include "broker/observe/log.hpp"

namespace tieline::bus::kafka {

using namespace std::chrono_literals;

void topics::want(const std::vector<std::string>& names)
{
    for (const auto& name : names)
        if (there_.try_emplace(name, false).second) {
            all_there_ = false;
            next_try_ = {};
        }
}

bool topics::has(const std::string& name) const
{
    const auto found = there_.find(name);
    return found != there_.end() && found->second;
}

void topics::want_again()
{
    for (auto& [name, there] : there_)
        there = false;
    all_there_ = there_.empty();
    next_try_ = {};
}

std::vector<std::string> topics::missing() const
{
    std::vector<std::string> names;
    for (const auto& [name, there] : there_)
        if (!there)
            names.push_back(name);
    return names;
}

void topics::settle(producer& with, std::mutex& mutex)
{
    std::unique_lock lock(mutex);
    if (all_there_ || std::chrono::steady_clock::now() < next_try_ || !with.up())
        return;
    const auto names = missing();
    next_try_ = std::chrono::steady_clock::now() + 2s;
    lock.unlock();
    for (const auto& name : names) {
        const auto found = with.ensure_topic(name, partitions_, replication_, 3s);
        if (!found) {
            complaints_[name] = "topic " + name + ": " + found.error();
            observe::log.warn("bus.topic_missing", {{"topic", name}, {"reason", found.error()}});
            return;
        }
        note(name, *found);
        lock.lock();
        there_[name] = true;
        all_there_ = missing().empty();
        lock.unlock();
    }
}

void topics::note(const std::string& name, const topic_state& found)
{
    board_.topic(name).partitions.set(found.partitions);
    complaints_.erase(name);
    if (found.partitions >= partitions_ && found.replication >= replication_)
        return;
    complaints_[name] = "topic " + name + " has " + std::to_string(found.partitions) + " partitions and " +
                        std::to_string(found.replication) + " replicas, fewer than configured";
    observe::log.warn("bus.topic_has_less", {{"topic", name},
                                             {"partitions", found.partitions},
                                             {"replication", found.replication},
                                             {"partitions_wanted", partitions_},
                                             {"replication_wanted", replication_}});
}

}  // namespace tieline::bus::kafka
