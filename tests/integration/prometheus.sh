#!/usr/bin/env bash
# Has a real Prometheus scrape a running Tieline with the rules of config/prometheus, and asks it what it got.
# Usage: prometheus.sh URL        URL: the ops port, http://127.0.0.1:9464
# Exit: 0 it scraped and loaded all; 1 it did not, with the reason; 2 usage; 3 prometheus or promtool is not installed.
set -euo pipefail
url=${1-}
[ -n "$url" ] && [ $# -eq 1 ] || { sed -n 3p "$0" >&2; exit 2; }
command -v prometheus >/dev/null && command -v promtool >/dev/null || { echo "prometheus is not installed" >&2; exit 3; }
here=$(cd "$(dirname "$0")" && pwd)
rules=$(cd "$here/../../config/prometheus" && pwd)
target=${url#http://}
target=${target%/}

fail() { echo "FAIL $*" >&2; exit 1; }

promtool check config "$rules/prometheus.yml" || fail "the example configuration"
promtool check rules "$rules/tieline.rules.yml" || fail "the rules"
promtool test rules "$rules/tieline.rules.test.yml" || fail "the rules' tests"
# Names, types and HELP as Prometheus wants them; it only warns of a unit's place in a name.
curl -fsS --max-time 10 "http://$target/metrics" | promtool check metrics || fail "the metrics"

folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -e "s|127.0.0.1:9464|$target|" -e "s|- tieline.rules.yml|- $rules/tieline.rules.yml|" -e 's|_interval: 15s|_interval: 1s|' \
    "$rules/prometheus.yml" >"$folder/prometheus.yml"
prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" --web.listen-address="127.0.0.1:$port" \
    --log.level=warn >"$folder/log" 2>&1 &
process=$!
# shellcheck disable=SC2317 # called by the trap
finish() {
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

api="http://127.0.0.1:$port/api/v1"
# The value of an expression: the number of its first sample; empty without one.
value() {
    curl -fsS --max-time 5 --get --data-urlencode "query=$1" "$api/query" 2>/dev/null |
        python3 -c 'import json, sys; found = json.load(sys.stdin)["data"]["result"]; print(found[0]["value"][1] if found else "")' 2>/dev/null || true
}
# Waits until an expression has the value, at most 30 seconds.
expect() {
    local end=$((SECONDS + 30)) got
    while :; do
        kill -0 "$process" 2>/dev/null || { cat "$folder/log" >&2; fail "Prometheus ended"; }
        got=$(value "$1")
        [ "$got" = "$2" ] && { echo "ok   $1 is $2"; return; }
        [ $SECONDS -lt $end ] || { cat "$folder/log" >&2; fail "$1 is '$got', expected $2"; }
        sleep 0.3
    done
}

expect 'up{job="tieline"}' 1
expect 'tieline_ready' 1
expect 'count(tieline_build_info)' 1
expect 'count(tieline_listener_seconds_since_last_message) > bool 0' 1
expect 'count(tieline_destination_backlog) > bool 0' 1
expect 'count(tieline:listener_silence_limit_seconds) == bool count(tieline_listener_seconds_since_last_message)' 1

# Every rule was loaded and evaluates without an error.
curl -fsS --max-time 5 "$api/rules" >"$folder/rules.json" || fail "no list of rules"
python3 - "$folder/rules.json" <<'PYTHON' || fail "the rules as Prometheus sees them"
import json
import sys
from pathlib import Path
groups = json.loads(Path(sys.argv[1]).read_text())["data"]["groups"]
rules = [rule for group in groups for rule in group["rules"]]
ill = [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule.get("health") == "err"]
print(*ill, f"ok   {len(rules)} rules loaded, {len(ill)} with an error", sep="\n")
sys.exit(1 if ill or len(rules) < 15 else 0)
PYTHON

# Every metric that a rule or the dashboard names is there, so that none watches nothing.
python3 - "$here/../.." "http://$target/metrics" <<'PYTHON' || fail "a rule or the dashboard names what Tieline does not tell"
import json
import re
import sys
import urllib.request
from pathlib import Path
root = Path(sys.argv[1])
told = set(re.findall(r"^# TYPE (\w+)", urllib.request.urlopen(sys.argv[2], timeout=10).read().decode(), re.M))
rules = "\n".join(line for line in (root / "config/prometheus/tieline.rules.yml").read_text().splitlines() if line.strip().startswith(("expr:", "rate(", "and ")))
panels = json.loads((root / "config/grafana/tieline.json").read_text())["panels"]
asked = rules + "\n" + " ".join(target["expr"] for panel in panels for target in panel.get("targets", []))
missing = set(re.findall(r"\btieline_\w+", asked)) - told
print(*sorted(missing), f"ok   {len(set(re.findall(r'tieline_[a-z_]+', asked)))} metrics named in rules and dashboard, {len(missing)} missing", sep="\n")
sys.exit(1 if missing else 0)
PYTHON
echo "Prometheus scrapes Tieline and holds its rules"
