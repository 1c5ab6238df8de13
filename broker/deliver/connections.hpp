#pragma once

#include "broker/base/error.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace tieline::deliver {

/// The connections of a destination: each send takes one for itself and gives it back, open, for the next.
template <typename Client>
class connections {
public:
    using maker = std::function<result<std::unique_ptr<Client>>()>;
    explicit connections(maker make) : make_(std::move(make)) {}

    result<std::unique_ptr<Client>> take()
    {
        if (idle_.empty())
            return make_();
        auto one = std::move(idle_.back());
        idle_.pop_back();
        return one;
    }
    void give_back(std::unique_ptr<Client> one)
    {
        if (!closed_)
            idle_.push_back(std::move(one));
    }
    /// Closes the idle ones; those in use are closed when they come back.
    void close()
    {
        closed_ = true;
        idle_.clear();
    }

private:
    maker make_;
    std::vector<std::unique_ptr<Client>> idle_;
    bool closed_ = false;
};

}  // namespace tieline::deliver
