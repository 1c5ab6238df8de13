#!/usr/bin/env bash
# Builds with sanitizers and runs the tests under them; the last lines are ctest's own summary.
# Usage: sanitize.sh address [ctest options]   AddressSanitizer, UBSan and LeakSanitizer over the whole suite; build in build-asan/
#        sanitize.sh thread [ctest options]    ThreadSanitizer over the units and the embedded flows; build in build-tsan/
# Exit: 0 clean; 1 a test failed or a sanitizer reported something; 2 usage.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
case ${1-} in
address) preset=asan targets=(all) tests=() ;;
thread)
    preset=tsan targets=(tieline)
    for folder in tests/unit/*/; do targets+=("unit_$(basename "$folder")"); done
    tests=(-R '^(unit_|flow_(messages|operations|bad_input)$)')
    ;;
*) sed -n 3,5p "$0" >&2; exit 2 ;;
esac
shift
config/install.sh tests
tests/jars.sh tests/integration/pom.xml kafka
cmake --preset "$preset" >/dev/null
nice ninja -C "build-$preset" "${targets[@]}"
# The first report ends a program, with a code that no test expects. A small quarantine, so that what a test says of memory can hold.
export ASAN_OPTIONS=halt_on_error=1:exitcode=86:detect_stack_use_after_return=1:quarantine_size_mb=32
export UBSAN_OPTIONS=halt_on_error=1:exitcode=86:print_stacktrace=1:suppressions=$root/tests/ubsan.supp
export TSAN_OPTIONS=halt_on_error=1:exitcode=86:second_deadlock_stack=1:die_after_fork=0:suppressions=$root/tests/tsan.supp
ctest --test-dir "build-$preset" --output-on-failure --no-tests=error "${tests[@]}" "$@"
