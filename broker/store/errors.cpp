#include "broker/store/store.hpp"

#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // Boost's error_category has none, and means it

namespace tieline::store {
namespace {

class store_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "store"; }
    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::corrupt: return "a stored value does not match its checksum";
        case errc::failed: return "writing to or reading from the data folder failed";
        case errc::disk_full: return "the disk has no room beyond its reserve";
        case errc::locked: return "another process has the data folder";
        case errc::format: return "the data folder was written by a newer Tieline; run that one, or restore a backup that this one made";
        case errc::not_found: return "not found";
        case errc::other_node: return "the data folder belongs to a node of another name";
        }
        return "unknown";
    }
};

}  // namespace

error_code make_error_code(errc code)
{
    static const store_category category;
    return {static_cast<int>(code), category};
}

}  // namespace tieline::store
