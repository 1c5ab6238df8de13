#pragma once

#include "broker/deliver/destination.hpp"

namespace tieline::deliver::discard {

/// `discard: {}`: takes every message at once and keeps nothing. For trying routes and measuring.
std::unique_ptr<destination> make_destination(settings::destination from, boost::asio::io_context& context,
                                              model::issues& found);

}  // namespace tieline::deliver::discard
