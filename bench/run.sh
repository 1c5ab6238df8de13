#!/usr/bin/env bash
# Measures Tieline beside the machine's own limits and beside a peer, in one run (bench/README.md).
# Usage: run.sh [convert] [--check] [--no-kafka] [--backlog]     convert: only the conversion of a message, beside the peer
#                                          --check: `name value floor PASS|FAIL` a line, exit 1 on a FAIL
#                                          --no-kafka: leaves out Kafka and the peer
#                                          --backlog: the start with 1,000,000 messages waiting as well (2 GB of disk)
# Installs and builds what is missing first. Exit: 0 measured (and all passed); 1 a FAIL; else it could not be measured.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${TIELINE_BUILD:-$root/build}
case " $* " in *" -h "* | *" --help "*) sed -n 2,7p "$0"; exit 0 ;; esac
cd "$root"
config/install.sh bench
cmake -S . -B "$build" -G Ninja >/dev/null
script=measure targets="tieline bench_load bench_producer bench_sync_floor bench_convert bench_backlog"
[ "${1:-}" != convert ] || script=convert targets=bench_convert
ninja -C "$build" $targets
TIELINE_BUILD=$build exec python3 "bench/$script.py" "$@"
