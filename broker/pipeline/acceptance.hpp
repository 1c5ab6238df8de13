#pragma once

#include "broker/model/message.hpp"
#include "broker/settings/settings.hpp"

namespace tieline::pipeline {

/// Whether the listener lets this sending application and facility (MSH-3.1, MSH-4.1) send at all.
bool may_send(const settings::listener& listener, const model::envelope& envelope);

/// What of the message's type, version and processing id the listener does not take: issues with HL7 table 0357's 200 to 203.
void check_accepted(const settings::listener& listener, const model::envelope& envelope, model::issues& found);

/// Whether an application acknowledgment of its own may follow: HL7 v2's enhanced mode with MSH-16.
bool expects_application_ack(const settings::listener& listener, const model::envelope& envelope);

}  // namespace tieline::pipeline
