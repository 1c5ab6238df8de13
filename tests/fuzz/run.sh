#!/usr/bin/env bash
# Runs a fuzz target: first everything that was ever found (tests/fuzz/found/TARGET), then new input from the tests' messages on.
# Usage: run.sh TARGET [--seconds N | --runs N]     framer, parser, escapes or conversion; 60 s unless said; the build is in build/, or TIELINE_BUILD
# With --runs the inputs are the same each time (CI's short turn: it says what a change broke); with --seconds they are new ones.
# Exit: 0 nothing found; else the last lines say what, and where the input is that shows it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${TIELINE_BUILD:-$here/../../build}
target=${1-} unit=${2---seconds} count=${3-60}
usage() { sed -n 3,5p "$0" >&2; exit 2; }
case $target in framer | parser | escapes | conversion) ;; *) usage ;; esac
[[ $count =~ ^[0-9]+$ ]] || usage
case $unit in --seconds) turn=(-max_total_time="$count") ;; --runs) turn=(-runs="$count" -seed=1) ;; *) usage ;; esac

program=$build/tests/fuzz/fuzz_$target
[ -x "$program" ] || { echo "run.sh: no $program; build it: ninja -C $build fuzz_$target (clang, -DTIELINE_FUZZ=ON)" >&2; exit 2; }
corpus=$build/fuzz/$target
mkdir -p "$corpus" "$build/fuzz/found"
python3 "$here/seeds.py" "$target" "$corpus"
known=("$here/found/$target"/*)
[ ! -e "${known[0]}" ] || "$program" -timeout=10 "${known[@]}"
exec "$program" "${turn[@]}" -timeout=10 -rss_limit_mb=2048 -max_len=20000 -dict="$here/hl7.dict" -print_final_stats=1 \
    -artifact_prefix="$build/fuzz/found/$target-" "$corpus"
