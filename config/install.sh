#!/usr/bin/env bash
# Installs what Tieline needs on Debian 12 (bookworm), and nothing when all is there.
# Usage: install.sh build | bench | tests     `build`: compile and run Tieline; `bench`: that, and Java and Maven for Kafka and the
#                                             peer; `tests`: that, and all else that tests/run.sh drives
# Exit: 0 all is there; 1 something could not be installed; 2 usage.
set -euo pipefail

compile=(clang-16 lld-16 ccache cmake ninja-build pkg-config libboost1.81-dev libssl-dev rapidjson-dev librdkafka-dev catch2
    librocksdb-dev liblz4-dev libzstd-dev libyaml-cpp-dev libcli11-dev prometheus-cpp-dev libspdlog-dev libre2-dev zlib1g-dev)
drive=(libclang-rt-16-dev libvalijson-dev)

# A command that is there already, from wherever, is taken as it is: command → package.
declare -A tool=([curl]=curl [openssl]=openssl [python3]=python3)
declare -A java_tool=([javac]=openjdk-17-jdk-headless [mvn]=maven)
declare -A test_tool=([node]=nodejs [npm]=npm [chromium]=chromium [prometheus]=prometheus [strace]=strace [git]=git [systemd-analyze]=systemd)

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

case ${1-}/$# in build/1 | bench/1 | tests/1) ;; *) sed -n 3,4p "$0" >&2; exit 2 ;; esac
wanted=("${compile[@]}")
if [ "$1" != build ]; then
    for command in "${!java_tool[@]}"; do tool[$command]=${java_tool[$command]}; done
fi
if [ "$1" = tests ]; then
    wanted+=("${drive[@]}")
    for command in "${!test_tool[@]}"; do tool[$command]=${test_tool[$command]}; done
fi

missing=()
for package in "${wanted[@]}"; do installed "$package" || missing+=("$package"); done
for command in "${!tool[@]}"; do command -v "$command" >/dev/null || missing+=("${tool[$command]}"); done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || { echo "install.sh: no apt-get here; install: ${missing[*]}" >&2; exit 1; }
root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "install.sh: as root: apt-get install ${missing[*]}" >&2; exit 1; }
    root=(sudo)
fi
echo "installing ${missing[*]}"
log=$(mktemp)
apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
for try in 1 2 3; do  # a mirror may be busy for a moment
    if apt update && apt install -y --no-install-recommends "${missing[@]}"; then
        rm -f "$log"
        exit 0
    fi
done
tail -n 20 "$log" >&2
echo "install.sh: apt-get failed; the whole log is $log" >&2
exit 1
