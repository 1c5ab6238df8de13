#!/usr/bin/env bash
# Shows Tieline's main job: installs what is missing, builds, starts it on the embedded bus between two feeds of a hospital, a GP
# system, a laboratory and a GP practice, sends them the messages of config/demo/, and shows what became of each.
# Usage: demo.sh [--once]        --once: stops after the table; without it everything stays up until Ctrl-C
# Exit: 0 every message ended where it should; 1 one did not; else it could not be installed, built or started.
set -euo pipefail
case ${1-}/$# in /0 | --once/1) ;; *) sed -n 4,5p "$0" >&2; exit 2 ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
build=${TIELINE_BUILD:-$root/build}
cd "$root"
config/install.sh build
echo "building $build/tieline (the first time takes some minutes)"
cmake -S . -B "$build" -G Ninja >"$build.log" 2>&1 || { cat "$build.log" >&2; exit 1; }
rm -f "$build.log"
ninja -C "$build" tieline
TIELINE=$build/tieline exec python3 config/demo/show.py "$@"
