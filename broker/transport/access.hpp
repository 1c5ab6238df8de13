#pragma once

#include "broker/model/issue.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
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
    };
    std::vector<range> ranges_;
};

}  // namespace tieline::transport
