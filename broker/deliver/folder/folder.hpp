#pragma once

#include "broker/deliver/destination.hpp"

namespace tieline::deliver::folder {

/// `folder: {path: DIRECTORY}`: writes each message as a file named by its Tieline id, `tie1.42.hl7` or `tie1.42.json`. A file
/// appears whole (written as `.part`, synced, renamed) and a message that is sent again replaces its own file.
std::unique_ptr<destination> make_destination(settings::destination from, boost::asio::io_context& context,
                                              model::issues& found);

}  // namespace tieline::deliver::folder
