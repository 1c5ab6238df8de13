#pragma once

#include <rocksdb/options.h>

/// A disk that breaks as disks do, between RocksDB and the real one, for tests/chaos; only `tieline_sabotaged` has it
/// (broker/base/sabotage.hpp), so only .cpp files may include this. TIELINE_DISK in the environment says how:
///
///     power-cut:SEED    what was not synced is in memory only and goes with the process, but for a torn part of it now and then;
///                       so does a file whose directory was not synced
///     eio:EVERY         each EVERYth call that writes, syncs, makes or renames a file fails with an input or output error
///     enospc:EVERY      … for want of room
///     short:EVERY       … after half of the bytes were written
///     lying             power-cut, and a sync says that it is done and does nothing: the sabotage that the oracle must see
namespace tieline::store {

#ifdef TIELINE_SABOTAGE
inline namespace armed {
void use_faulty_disk(rocksdb::DBOptions& in, const std::string& folder);
}
#else
inline namespace harmless {
inline void use_faulty_disk(rocksdb::DBOptions&, const std::string&) {}
}
#endif

}  // namespace tieline::store
