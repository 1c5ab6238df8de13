#pragma once

#include "broker/base/async.hpp"
#include "broker/deliver/destination.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <utility>

namespace tieline::tests {

/// A destination made from YAML by its kind's factory, and a thread of execution for its sends: the test's own.
class one_destination {
public:
    /// `yaml` is what stands below the destination's name: `{mllp: {host: 127.0.0.1, port: 2600}}`.
    one_destination(const deliver::factory& make, const std::string& yaml)
    {
        auto given = settings::parse("listeners: {}\nroutes: []\ndestinations:\n  lab: " + yaml + "\n", "test.yaml", found);
        if (!given.destinations.empty())
            way_out = make(given.destinations[0], context, found);
    }

    deliver::attempt send(deliver::parcel one)
    {
        deliver::attempt came{.reason = "never ended"};
        asio::co_spawn(context, way_out->send(std::move(one)), [&came](std::exception_ptr failed, deliver::attempt what) {
            if (failed)
                std::rethrow_exception(failed);
            came = std::move(what);
        });
        context.restart();
        context.run();
        return came;
    }

    deliver::attempt send(const std::string& bytes)
    {
        deliver::parcel one{.at = {7}, .id = "tie1.7", .bytes = bytes};
        return send(std::move(one));
    }

    asio::io_context context{};
    model::issues found{};
    std::unique_ptr<deliver::destination> way_out{};
};

}  // namespace tieline::tests
