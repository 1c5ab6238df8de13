#!/usr/bin/env python3
"""The ops page of a running Tieline in a real Chromium, and its metrics, alert rules and dashboard in a real Prometheus."""
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.messages import adt, oru, send  # noqa: E402
from support.scenarios import BUILD, ROOT, check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http  # noqa: E402

PROMETHEUS = ROOT / "config" / "prometheus"
METRIC = re.compile(r"\btieline_[a-z0-9_]+\b")


def busy_hospital(system):
    """One with a message delivered, one filtered, one waiting for a receiver that is down."""
    lab, = free_ports(1)
    destinations = f"  records: {{folder: {{path: records}}}}\n  lab: {{mllp: {{host: 127.0.0.1, port: {lab}}}}}"
    hospital = Hospital(system, destinations=destinations).start()
    for message, port in ((adt("B1"), hospital.pas), (adt("B2", trigger="A08"), hospital.pas), (oru("B3"), hospital.lims)):
        send(port, message)
    eventually("one is delivered", lambda: hospital.files("records"))
    return hospital


def promtool(*words):
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"promtool {words}: {done.stdout}{done.stderr}")


@scenario("ops page: a real Chromium sees the live picture, finds a message by its control id, and reads its way")
def _(system):
    hospital = busy_hospital(system)
    done = subprocess.run(["node", ROOT / "tests/browser/ops_page.test.mjs", f"http://127.0.0.1:{hospital.ops}/", BUILD / "ops-page", "B1"],
                          capture_output=True, text=True, timeout=150)
    check(done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:])


@scenario("prometheus: the alert rules and their tests hold, as promtool says")
def _(_system):
    promtool("check", "config", PROMETHEUS / "prometheus.yml")
    promtool("check", "rules", PROMETHEUS / "tieline.rules.yml")
    promtool("test", "rules", PROMETHEUS / "tieline.rules.test.yml")


@scenario("prometheus: a real one scrapes Tieline, loads the rules, and finds every metric that rules and dashboard name")
def _(system):
    hospital, (port,) = busy_hospital(system), free_ports(1)
    text = (PROMETHEUS / "prometheus.yml").read_text().replace("127.0.0.1:9464", f"127.0.0.1:{hospital.ops}").replace("15s", "1s")
    config = system.write("prometheus.yml", text)
    system.write("tieline.rules.yml", (PROMETHEUS / "tieline.rules.yml").read_text())
    system.program(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={system.folder}/series",
                    f"--web.listen-address=127.0.0.1:{port}"], "prometheus.log").says("Server is ready", within=60)

    def ask(path):
        return json.loads(http("GET", f"http://127.0.0.1:{port}/api/v1/{path}")[2])["data"]

    eventually("it has scraped Tieline", lambda: any(one["value"][1] == "1" for one in ask("query?query=up")["result"]), within=30)
    rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
    check(rules and all(rule["health"] != "err" for rule in rules), f"rules: {[rule['name'] for rule in rules if rule['health'] == 'err']}")
    named = set(METRIC.findall((PROMETHEUS / "tieline.rules.yml").read_text() + (ROOT / "config/grafana/tieline.json").read_text()))
    shown = set(METRIC.findall(http("GET", f"http://127.0.0.1:{hospital.ops}/metrics")[2]))
    equal(sorted(named - shown), [], "metrics that rules or dashboard name and Tieline does not have")


if __name__ == "__main__":
    sys.exit(run())
