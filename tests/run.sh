#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests; the last lines are ctest's own summary.
# Usage: run.sh [ctest options]      for instance -R unit, -L kafka, --rerun-failed; the build is in build/, or TIELINE_BUILD
# Exit: 0 all passed; else a test failed or something could not be installed or built.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${TIELINE_BUILD:-$root/build}
export TIELINE_BUILD=$build
cd "$root"
case ${1-} in -h | --help) sed -n 2,4p "$0"; exit 0 ;; esac

step() { printf '\n== %s (%d s so far)\n' "$*" "$SECONDS"; }

step "installing what is missing"
config/install.sh tests
step "fetching Kafka's and HAPI's jars and the browser's driver"
tests/jars.sh tests/integration/pom.xml kafka
tests/jars.sh tests/integration/pom.xml clients
[ ! -f tests/browser/package.json ] || [ -d tests/browser/node_modules/playwright-core ] ||
    npm --prefix tests/browser install --no-audit --no-fund --loglevel=error
step "building"
cmake -S . -B "$build" -G Ninja -DTIELINE_FUZZ=ON >"$root/.cmake.log" 2>&1 || { cat "$root/.cmake.log"; exit 1; }
rm -f "$root/.cmake.log"
ninja -C "$build"
step "testing"
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
