#pragma once

#include "broker/deliver/destination.hpp"

namespace tieline::deliver::mllp {

/// `mllp: {host, port, tls, answers}` with `set: {MSH-5: LAB}`: sends the received v2 bytes in MLLP frames and waits for the
/// acknowledgment whose MSA-2 is the message's MSH-10. Any other answer, or none in time, closes the connection.
std::unique_ptr<destination> make_destination(settings::destination from, boost::asio::io_context& context,
                                              model::issues& found);

}  // namespace tieline::deliver::mllp
