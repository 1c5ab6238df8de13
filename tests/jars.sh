#!/usr/bin/env bash
# Resolves one set of jars once, through Maven, and prints the folder that holds them.
# Usage: jars.sh POM PROFILE        the sets are the pom's profiles; the cache is $XDG_CACHE_HOME/tieline (~/.cache/tieline)
# Exit: 0 the folder is complete; 1 Maven could not resolve it; 2 usage.
set -euo pipefail
[ $# = 2 ] && [ -r "$1" ] || { sed -n 3p "$0" >&2; exit 2; }
pom=$(realpath "$1") profile=$2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tieline
jars=$cache/$profile-$(sha256sum "$pom" | cut -c1-12)
mkdir -p "$cache"
exec 9>"$cache/$profile.lock"
flock 9  # tests that run at once resolve once
if [ ! -d "$jars" ]; then
    rm -rf "$jars.part"
    for try in 1 2 3; do  # a registry may be busy for a moment
        if mvn -q -B -f "$pom" -P "$profile" dependency:copy-dependencies \
            -DoutputDirectory="$jars.part" -DincludeScope=runtime >"$jars.log" 2>&1; then
            mv "$jars.part" "$jars"  # whole or not at all
            rm -f "$jars.log"
            break
        fi
        [ "$try" -lt 3 ] || { tail -n 20 "$jars.log" >&2; echo "jars.sh: Maven could not resolve $profile of $pom" >&2; exit 1; }
    done
fi
echo "$jars"
