#pragma once

#include "adapters/adapter.hpp"
#include "broker/settings/settings.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tieline::pipeline {

/// A listener as the pipeline sees it: its configuration and its adapter.
struct way {
    settings::listener listener{};
    std::unique_ptr<adapters::adapter> adapter{};
};

/// All listeners by name. An adapter serves one thread, so the intake has one table and the worker another.
using ways = std::map<std::string, way, std::less<>>;

}  // namespace tieline::pipeline
