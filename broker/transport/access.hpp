#pragma once

#include "broker/base/error.hpp"
#include "broker/model/issue.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::transport {

/// Address ranges that may connect (`from:`): CIDR or single addresses, IPv4 and IPv6.
class address_filter {
public:
    /// Faults go into `found` at `where`. No ranges let everybody in.
    address_filter(const std::vector<std::string>& ranges, std::string_view where, model::issues& found);
    bool allows(const boost::asio::ip::address& peer) const;

private:
    struct range {
        boost::asio::ip::address base{};
        unsigned bits = 0;
        bool holds(const boost::asio::ip::address& peer) const;
    };
    static std::optional<range> parse(std::string_view text);
    std::vector<range> ranges_;
};

/// Whether one of a verified client certificate's names is one of those that a listener allows (`certificate:`), letters' case
/// aside as in DNS. An empty list allows every certificate.
bool certificate_allowed(const std::vector<std::string>& allowed, const std::vector<std::string>& names);

}  // namespace tieline::transport
