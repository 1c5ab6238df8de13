#include "broker/deliver/discard/discard.hpp"

#include "broker/deliver/only_for.hpp"

namespace tieline::deliver::discard {
namespace {

class nowhere final : public destination {
public:
    boost::asio::awaitable<attempt> send(parcel) override { co_return attempt{.what = attempt::verdict::delivered}; }
    std::string address() const override { return "nowhere"; }
    bool needs_content() const override { return false; }
};

}  // namespace

std::unique_ptr<destination> make_destination(settings::destination from, boost::asio::io_context&, model::issues& found)
{
    const bool fits = refuse_set(from, found) && refuse_headers(from, found);
    return from.options.finish(found) && fits ? std::make_unique<nowhere>() : nullptr;
}

}  // namespace tieline::deliver::discard
