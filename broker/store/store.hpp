#pragma once

#include "broker/base/error.hpp"
#include "broker/base/ids.hpp"

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
    format,          ///< made by a newer Tieline: this one can't know what it means
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

/// Something on the disk that does not match its checksum. It is never given to anybody; what is around it is.
struct damage {
    std::optional<family> in{};  ///< none: a file, before any row of it was read
    std::string first{};         ///< the first key that may be missing …
    std::string until{};         ///< … and the first behind those; empty: the family's end
    std::string where{};         ///< the file and the place in it, as far as known
    bool torn_end = false;       ///< the end of a write-ahead log: what was not synced when the last run ended, or damage there
};

/// For people: `entry 17`, `delivery lab 17`, `a block of trace, 17 to 20`: the family, the keys, the offsets.
std::string to_text(const damage& what);

using row_reader = std::function<bool(std::string_view key, std::string_view value)>;
using gap_reader = std::function<void(std::string_view first, std::string_view until)>;

struct open_options {
    bool read_only = false;            ///< beside a running broker or on what it left; never repairs or writes
    std::string node{};                ///< kept at the first open and compared at each later one; empty: not compared
    std::function<void(error_code)> on_failure{};  ///< once, from any thread, after a failed write or sync
    std::function<void(const damage&)> on_damage{};  ///< once for each that is met, from any thread
};

/// The one database of a data folder: journal, index, embedded bus, delivery queue and trace. Any thread may call it.
class store {
public:
    /// Opens or makes the data folder's database; the folder is made with mode 0700.
    /// Errors: errc::locked, errc::format, errc::other_node, errc::disk_full, errc::failed; errc::not_found when read
    /// only and there is none.
    static result<std::unique_ptr<store>> open(const std::string& folder, open_options options = {});
    /// Opens what `copy_to` made, to be read. Errors: as above.
    static result<std::unique_ptr<store>> open_copy(const std::string& folder);
    virtual ~store() = default;

    /// The value; none when there is no such key. Errors: errc::corrupt, errc::failed.
    virtual result<std::optional<std::string>> get(family in, std::string_view key) = 0;

    /// Writes the batch. `synced` returns after fdatasync. Errors: errc::failed (for good).
    virtual error_code commit(batch changes, durability how) = 0;

    /// Returns after the fdatasync that covers every batch whose `commit` had returned. Other threads may commit meanwhile.
    /// Errors: errc::failed (for good).
    virtual error_code sync() = 0;

    /// Calls `each` for the keys from `from` up to, not including, `until` (empty: the family's end), in order, until
    /// it returns false. Uses a fresh iterator. What does not match its checksum is told (`on_damage`) and passed over;
    /// `passed_over` gets the keys that may be missing. Errors: errc::failed.
    virtual error_code scan(family in, std::string_view from, std::string_view until, const row_reader& each,
                            const gap_reader& passed_over = {}) = 0;

    /// As `scan`, from the greatest key below `until` downwards to `from`.
    virtual error_code scan_back(family in, std::string_view from, std::string_view until, const row_reader& each,
                                 const gap_reader& passed_over = {}) = 0;

    /// The greatest key below `until` (empty: of the family) and not below `from`, whatever its value; none when
    /// there is none. Where it can't be read, the greatest that a file says it has, which is never too small; else errc::corrupt.
    virtual result<std::optional<std::string>> last_key(family in, std::string_view from, std::string_view until) = 0;

    /// Gives the disk back the files that hold nothing but keys from `from` up to `until`, which have just been erased.
    virtual void free_range(family in, std::string_view from, std::string_view until) = 0;

    /// About how many bytes the rows from `from` up to `until` (empty: the family's end) take in files; some megabytes in memory don't count.
    virtual std::uint64_t bytes(family in, std::string_view from, std::string_view until) = 0;

    /// Makes a consistent copy of the database in a folder that is not there yet, with hard links where the disk is the same.
    /// Nothing stops meanwhile. Errors: errc::failed, errc::disk_full.
    virtual error_code copy_to(const std::string& folder) = 0;

    /// Reads all there is, block by block and value by value, and gives the number of rows that match their checksums; what does
    /// not is told (`on_damage`). Errors: errc::corrupt when there was any, errc::failed.
    virtual result<std::uint64_t> verify() = 0;

    /// Set for good after a failed write or sync.
    virtual bool failed() const = 0;

    /// How much was met since the start that does not match its checksum.
    virtual std::size_t damaged() const = 0;

    /// Whether the write-ahead log was damaged in the middle at the start: batches of the last run may be missing, each as a whole.
    virtual bool log_was_damaged() const = 0;
};

/// LZ4 with a dictionary of what Bundles hold; `expand` gives errc::corrupt for what `compress` did not make or what is larger
/// than 256 MiB.
std::string compress(std::string_view bytes);
result<std::string> expand(std::string_view compressed);

/// The process that has the folder, by its id, for people; empty when it can't be told.
std::string holder_of(const std::string& folder);

/// The key of an offset: 8 bytes, big endian.
std::string key_of(std::uint64_t offset);

}  // namespace tieline::store

template <>
struct boost::system::is_error_code_enum<tieline::store::errc> : std::true_type {};
