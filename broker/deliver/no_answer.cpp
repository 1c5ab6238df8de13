#include "broker/deliver/no_answer.hpp"

#include <boost/asio/error.hpp>

#include <string_view>

namespace tieline::deliver {
namespace {

std::string words(error_code why)
{
    if (why == boost::asio::error::timed_out)
        return "no answer in time";
    if (why == boost::asio::error::eof)
        return "the receiver closed the connection without an answer";
    return why.message();
}

}  // namespace

attempt no_answer(error_code why)
{
    // Asio's category of OpenSSL's errors, by its name: the header that declares it costs seconds to compile.
    if (std::string_view(why.category().name()) == "asio.ssl")
        return {.what = attempt::verdict::fault, .reason = "TLS: " + words(why)};
    return {.what = attempt::verdict::retry, .reason = words(why), .destination_down = true};
}

}  // namespace tieline::deliver
