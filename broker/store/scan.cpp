#include "broker/store/scan.hpp"

#include "broker/base/digest.hpp"

#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstring>

namespace tieline::store {
namespace {

/// The keys that an iterator may see; outlives it, as RocksDB keeps the addresses.
struct bounds {
    explicit bounds(const scan_of& what) : lower(slice(what.from)), upper(slice(what.until))
    {
        options.iterate_lower_bound = &lower;
        if (!what.until.empty())
            options.iterate_upper_bound = &upper;
    }
    bounds(const bounds&) = delete;
    bounds& operator=(const bounds&) = delete;

    rocksdb::Slice lower;
    rocksdb::Slice upper;
    rocksdb::ReadOptions options{};
};

constexpr std::size_t longest_key = 40;  // about: where a leap begins before the first key, it has to tell keys apart

/// A key as a number of `width` bytes, so that a distance can be added to it.
class place {
public:
    place(std::string_view key, std::size_t width) : digits_(key.substr(0, width)) { digits_.resize(width, '\0'); }

    /// Moves by 2^bit, up or down; false when that is beyond all keys.
    bool move(std::size_t bit, bool down)
    {
        auto at = digits_.size() - 1 - bit / 8;
        int carry = 1 << bit % 8;
        for (;; at--) {
            const int sum = static_cast<unsigned char>(digits_[at]) + (down ? -carry : carry);
            digits_[at] = static_cast<char>(sum & 0xff);
            if (sum >= 0 && sum <= 0xff)
                return true;
            if (at == 0)
                return false;
            carry = 1;
        }
    }
    const std::string& key() const { return digits_; }

private:
    std::string digits_;
};

/// An iterator within bounds, that can be had fresh: one that met damage goes on saying so.
class reader {
public:
    reader(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* handle, const scan_of& what)
        : database_(database), handle_(handle), within_(what), at_(database.NewIterator(within_.options, handle))
    {
    }
    rocksdb::Iterator& at() { return *at_; }
    void renew() { at_.reset(database_.NewIterator(within_.options, handle_)); }

private:
    rocksdb::DB& database_;
    rocksdb::ColumnFamilyHandle* handle_;
    bounds within_;
    std::unique_ptr<rocksdb::Iterator> at_;
};

/// Finds the nearest key behind an unreadable block: by doubling the distance, then halving it.
class leap {
public:
    leap(reader& in, std::string_view from, bool back) : in_(in), from_(from), back_(back), width_(std::max(from.size(), longest_key) + 8) {}

    /// Leaves the iterator on the first readable row, or at the end of what there is; false when everything up to the end of the
    /// family is unreadable.
    bool over()
    {
        std::size_t bit = 0;
        place to(from_, width_);
        for (; bit < 8 * width_; bit++) {
            place next(from_, width_);
            if (!next.move(bit, back_))
                return false;
            if (lands(next))
                break;
            to = next;
        }
        if (bit == 8 * width_)
            return false;
        while (bit-- > 0) {
            auto next = to;
            if (next.move(bit, back_) && !lands(next))
                to = next;
        }
        return to.move(0, back_) && lands(to);
    }

private:
    bool lands(const place& to)
    {
        in_.renew();
        if (back_)
            in_.at().SeekForPrev(to.key());
        else
            in_.at().Seek(to.key());
        return !in_.at().status().IsCorruption();
    }

    reader& in_;
    std::string from_;
    bool back_;
    std::size_t width_;
};

/// One scan under way.
class walk {
public:
    walk(reader& in, const scan_of& what, damage_book& book)
        : in_(in), what_(what), book_(book), reached_(what.back ? what.until : what.from)
    {
    }

    error_code run()
    {
        for (;;) {
            if (!read_rows())
                return {};
            const auto status = in_.at().status();
            if (!status.IsCorruption())
                return code_of(status);
            if (!pass_over(status))
                return {};
        }
    }

private:
    // False when the caller has seen enough.
    bool read_rows()
    {
        for (auto& at = in_.at(); at.Valid(); what_.back ? at.Prev() : at.Next()) {
            const auto key = view(at.key());
            const auto value = checked(at.value());
            if (!value)
                tell(std::string(key), std::string(key) + '\0', "the value's own checksum");
            else if (!what_.each(key, *value))
                return false;
            reached_.assign(key);
            if (!what_.back)
                reached_ += '\0';
        }
        return true;
    }

    // A block of a file can't be read: everything from where we are to the next readable row may be missing.
    bool pass_over(const rocksdb::Status& status)
    {
        const bool more = leap(in_, reached_.empty() && what_.back ? std::string(64, '\xff') : reached_, what_.back).over();
        const bool valid = more && in_.at().Valid();
        std::string found = valid ? std::string(view(in_.at().key())) : std::string(what_.back ? what_.from : what_.until);
        if (what_.back)
            tell(valid ? found + '\0' : found, reached_, status.ToString());
        else
            tell(reached_, found, status.ToString());
        return more;
    }

    void tell(std::string first, std::string until, std::string where)
    {
        if (what_.passed_over)
            what_.passed_over(first, until);
        book_.note({.in = what_.in, .first = std::move(first), .until = std::move(until), .where = std::move(where)});
    }

    reader& in_;
    const scan_of& what_;
    damage_book& book_;
    std::string reached_;  // forwards the first key, backwards the end of the keys that were not seen yet
};

}  // namespace

rocksdb::Slice slice(std::string_view text)
{
    return text.empty() ? rocksdb::Slice() : rocksdb::Slice(text.data(), text.size());
}

std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

error_code code_of(const rocksdb::Status& status)
{
    if (status.ok())
        return {};
    if (status.IsCorruption())
        return errc::corrupt;
    return status.IsNoSpace() ? errc::disk_full : errc::failed;
}

result<std::string_view> checked(const rocksdb::Slice& stored)
{
    std::uint32_t crc = 0;
    if (stored.size() < sizeof crc)
        return error_code(errc::corrupt);
    const std::string_view value(stored.data(), stored.size() - sizeof crc);
    std::memcpy(&crc, value.data() + value.size(), sizeof crc);
    if (crc != crc32c(value))
        return error_code(errc::corrupt);
    return value;
}

error_code walk_rows(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* handle, const scan_of& what, damage_book& book)
{
    reader in(database, handle, what);
    if (what.back)
        in.at().SeekToLast();
    else
        in.at().SeekToFirst();
    return walk(in, what, book).run();
}

void verify_file(const std::string& path, damage_book& book)
{
    rocksdb::Options options;
    rocksdb::BlockBasedTableOptions table;
    table.no_block_cache = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::SstFileReader reader(options);
    auto status = reader.Open(path);
    if (status.ok())
        status = reader.VerifyChecksum();
    if (!status.ok())
        book.note({.where = path.substr(path.rfind('/') + 1) + ": " + status.ToString()});
}

result<std::optional<std::string>> greatest_key(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* handle, const scan_of& what,
                                                damage_book& book)
{
    const bounds within(what);
    const std::unique_ptr<rocksdb::Iterator> at(database.NewIterator(within.options, handle));
    at->SeekToLast();
    const auto status = at->status();
    if (status.ok())
        return at->Valid() ? std::optional(std::string(view(at->key()))) : std::nullopt;
    if (!status.IsCorruption())
        return code_of(status);
    book.note({.in = what.in, .first = std::string(what.from), .until = std::string(what.until), .where = status.ToString()});
    std::optional<std::string> last;
    rocksdb::ColumnFamilyMetaData files;
    database.GetColumnFamilyMetaData(handle, &files);
    for (const auto& level : files.levels) {
        for (const auto& file : level.files) {
            if (file.largestkey < what.from || (!what.until.empty() && file.smallestkey >= what.until))
                continue;
            if (!what.until.empty() && file.largestkey >= what.until)
                return error_code(errc::corrupt);  // it holds more than what is asked for: its last key of that is not known
            last = std::max(last.value_or(""), file.largestkey);
        }
    }
    return last ? result<std::optional<std::string>>(last) : result<std::optional<std::string>>(error_code(errc::corrupt));
}

}  // namespace tieline::store
