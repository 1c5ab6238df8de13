#!/usr/bin/env python3
"""The ops page in a real Chromium, and the metrics in a real Prometheus, of a Tieline at work."""
import subprocess
import sys

from support.hospital import Hospital
from support.messages import adt, oru, send
from support.scenarios import BUILD, ROOT, check, eventually, run, scenario
from support.system import free_ports

LIMIT = 150  # seconds for the browser, or for Prometheus


def at_work(system):
    """A hospital with a laboratory that is away, and some messages: delivered, waiting, filtered."""
    port, = free_ports(1)
    destinations = f"""  records: {{folder: {{path: records}}}}
  lab: {{mllp: {{host: 127.0.0.1, port: {port}}}, retry: {{first: 200ms, most: 1s}}, timeout: 2s}}"""
    hospital = Hospital(system, destinations=destinations).start()
    for number in range(5):
        send(hospital.pas, adt(f"O{number}"))
        send(hospital.lims, oru(f"L{number}"))
    send(hospital.pas, adt("N1", trigger="A08"))
    eventually("five are delivered", lambda: len(hospital.files("records")) == 5)
    return hospital


def passes(what, *command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=LIMIT)
    check(done.returncode == 0, f"{what}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


@scenario("ops page: shows the flow and finds a message, in Chromium, wide, narrow, light and dark")
def _(system):
    hospital = at_work(system)
    passes("the page", "node", ROOT / "tests/browser/ops_page.test.mjs", f"http://127.0.0.1:{hospital.ops}/", BUILD / "ops_page", "O1")


@scenario("metrics: a real Prometheus scrapes them and holds the alert rules")
def _(system):
    hospital = at_work(system)
    passes("Prometheus", ROOT / "tests/integration/prometheus.sh", f"http://127.0.0.1:{hospital.ops}")


if __name__ == "__main__":
    sys.exit(run())
