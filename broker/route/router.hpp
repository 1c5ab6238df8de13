#pragma once

#include "broker/model/decision.hpp"
#include "broker/model/message.hpp"
#include "broker/settings/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tieline::route {

/// What a route's condition may look at. The Bundle will join it with FHIRPath conditions.
struct subject {
    std::string_view listener{};
    const model::envelope& envelope;
};

/// Decides where messages go. All routes that match apply, in file order; a topic or destination named by two of them gets the
/// message once, as the first says. Immutable: a reload makes another one.
class router {
public:
    explicit router(std::vector<settings::route> routes);

    /// Where the message goes, with what each route said.
    model::decided decide(const subject& about) const;

    /// The topics that any route names, without prefix, each once.
    std::vector<std::string> topics() const;
    const std::vector<settings::route>& routes() const { return routes_; }

private:
    /// One condition of a route, ready to be asked.
    struct condition {
        std::string_view name{};                      ///< `trigger`
        std::string_view (*value)(const subject&){};  ///< what the message has there
        std::vector<std::string> takes{};
        std::string otherwise{};                      ///< ` is none of A01, A02, A03`
    };
    static model::route_reason judge(const settings::route& by, const std::vector<condition>& all, const subject& about);

    std::vector<settings::route> routes_;
    std::vector<std::vector<condition>> conditions_;  ///< of each route
};

}  // namespace tieline::route
