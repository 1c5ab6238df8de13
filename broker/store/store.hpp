#pragma once

#include "broker/base/error.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::store {

/// The column families of the one RocksDB; what each holds stands in this room's README.
enum class family { entry, index, answer, bundle, record, outcome, delivery, trace, cursor, meta };

enum class errc {
    corrupt = 1,     ///< a stored value does not match its CRC-32C
    failed,          ///< a write or a sync failed: final, nothing more is written by this process
    disk_full,       ///< no room, or below the reserve: nothing was written
    locked,          ///< another process has the folder
    format,          ///< made by a newer Tieline
    not_found,
    other_node,      ///< the folder belongs to a node of another name: its ids would change their meaning
};
error_code make_error_code(errc code);

/// Changes that become visible together or not at all.
class batch {
public:
    batch();
    ~batch();
    batch(batch&&) noexcept;
    batch& operator=(batch&&) noexcept;

    void put(family in, std::string_view key, std::string_view value);  ///< a CRC-32C is stored with the value
    void erase(family in, std::string_view key);
    void erase_range(family in, std::string_view from, std::string_view until);
    void append(const batch& other);  ///< all of `other`'s changes after these
    bool empty() const;
    std::size_t bytes() const;

    struct content;
    content& get() const { return *content_; }

private:
    std::unique_ptr<content> content_;
};

enum class durability { synced, buffered };

struct open_options {
    bool read_only = false;            ///< beside a running broker or on what it left; never repairs or writes
    std::string node{};                ///< kept at the first open and compared at each later one; empty: not compared
    std::function<void(error_code)> on_failure{};  ///< once, from any thread, after a failed write or sync
};

/// The one database of a data folder: journal, index, embedded bus, delivery queue and trace. Any thread may call it.
class store {
public:
    /// Opens or makes the data folder's database; the folder is made with mode 0700.
    /// Errors: errc::locked, errc::format, errc::other_node, errc::disk_full, errc::failed; errc::not_found when read
    /// only and there is none.
    static result<std::unique_ptr<store>> open(const std::string& folder, open_options options = {});
    virtual ~store() = default;

    /// The value; none when there is no such key. Errors: errc::corrupt, errc::failed.
    virtual result<std::optional<std::string>> get(family in, std::string_view key) = 0;

    /// Writes the batch. `synced` returns after fdatasync. Errors: errc::failed (for good).
    virtual error_code commit(batch changes, durability how) = 0;

    /// Returns after the fdatasync that covers every batch whose `commit` had returned. Other threads may commit meanwhile.
    /// Errors: errc::failed (for good).
    virtual error_code sync() = 0;

    /// Calls `each` for the keys from `from` up to, not including, `until` (empty: the family's end), in order, until
    /// it returns false. Uses a fresh iterator. A corrupt value stops it with errc::corrupt.
    virtual error_code scan(family in, std::string_view from, std::string_view until,
                            const std::function<bool(std::string_view key, std::string_view value)>& each) = 0;

    /// As `scan`, from the greatest key below `until` downwards to `from`.
    virtual error_code scan_back(family in, std::string_view from, std::string_view until,
                                 const std::function<bool(std::string_view key, std::string_view value)>& each) = 0;

    /// The greatest key below `until` (empty: of the family) and not below `from`, whatever its value; none when
    /// there is none.
    virtual result<std::optional<std::string>> last_key(family in, std::string_view from, std::string_view until) = 0;

    /// Set for good after a failed write or sync.
    virtual bool failed() const = 0;
};

/// LZ4 with a dictionary of what Bundles hold; `expand` gives errc::corrupt for what `compress` did not make or what is larger
/// than 256 MiB.
std::string compress(std::string_view bytes);
result<std::string> expand(std::string_view compressed);

/// The key of an offset: 8 bytes, big endian.
std::string key_of(std::uint64_t offset);

}  // namespace tieline::store

template <>
struct boost::system::is_error_code_enum<tieline::store::errc> : std::true_type {};
