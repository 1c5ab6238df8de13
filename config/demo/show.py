"""The demo behind config/demo.sh: starts the systems, sends the messages, shows a table of what became of each."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TIELINE = os.environ["TIELINE"]
CONFIG = ROOT / "config" / "demo.yaml"
SCRATCH = ROOT / "tieline-demo"
PAS, LIMS, GP = "mllp://127.0.0.1:12575", "mllp://127.0.0.1:12576", "http://127.0.0.1:18080/fhir"
OPS = "http://127.0.0.1:19464"
LAB, PRACTICE = "mllp://127.0.0.1:12600", "http://127.0.0.1:19000/fhir"


@dataclass
class Message:
    """A message of the demo, and where it should end."""
    file: str
    what: str
    to: str
    answer: str
    topics: list = field(default_factory=list)
    destinations: list = field(default_factory=list)


MESSAGES = [
    Message("1-admit.hl7", "admission, ADT^A01", PAS, "CA", ["tieline.adt"], ["gp-practice"]),
    Message("2-transfer.hl7", "transfer, ADT^A02", PAS, "CA", ["tieline.adt"], ["gp-practice"]),
    Message("3-results.hl7", "results, ORU^R01", LIMS, "AA", ["tieline.oru", "tieline.oru.v2"], ["gp-practice", "lab"]),
    Message("4-discharge.hl7", "discharge, ADT^A03", PAS, "CA", ["tieline.adt"], ["gp-practice"]),
    Message("5-merge.hl7", "merge, ADT^A40", PAS, "CA", ["tieline.merge"], ["gp-practice"]),
    Message("7-referral.json", "referral, FHIR message", GP, "200", ["tieline.referral"], ["gp-practice"]),
    Message("6-broken.hl7", "broken: no control id", PAS, "CR 101"),
    Message("8-broken.json", "broken: JSON cut off", GP, "400 structure"),
]


class Systems:
    """The programs that the demo starts; all of them end with it."""

    def __init__(self):
        for port in (12575, 12576, 18080, 12600, 19000, 19464):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    sys.exit(f"demo: port {port} is in use; does another demo run?")
        shutil.rmtree(SCRATCH, ignore_errors=True)
        SCRATCH.mkdir()
        self.programs = []

    def start(self, name, *words):
        with open(SCRATCH / f"{name}.log", "wb") as log:
            self.programs.append((name, subprocess.Popen([TIELINE, *map(str, words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)))

    def check(self):
        for name, program in self.programs:
            if program.poll() is not None:
                sys.exit(f"demo: {name} ended with {program.returncode}; its log is {SCRATCH / name}.log:\n"
                         + (SCRATCH / f"{name}.log").read_text()[-2000:])

    def wait_until_ready(self):
        until = time.monotonic() + 20
        while True:
            self.check()
            try:
                with urllib.request.urlopen(f"{OPS}/readyz", timeout=2):
                    return
            except OSError:
                if time.monotonic() > until:
                    sys.exit(f"demo: Tieline was not ready within 20 s; its log is {SCRATCH / 'tieline.log'}")
                time.sleep(0.05)

    def end(self):
        for _, program in reversed(self.programs):
            if program.poll() is None:
                program.terminate()
        for _, program in self.programs:
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                program.kill()


def send(message):
    """Sends it with `tieline send`; gives its one answer."""
    as_is = ["--as-is"] if message.file.endswith(".json") else []
    done = subprocess.run([TIELINE, "send", "--json", *as_is, message.to, HERE / message.file], capture_output=True, text=True, timeout=60)
    if not done.stdout:
        sys.exit(f"demo: {message.file} could not be sent: {done.stderr}")
    return json.loads(done.stdout.splitlines()[0])


def trace(control_id, finished, within=15.0):
    """The message's way, once `finished` says so of it; what there is when the time is over."""
    until = time.monotonic() + within
    while True:
        shown = subprocess.run([TIELINE, "trace", control_id, "--json", "--config", CONFIG], capture_output=True, text=True, timeout=60).stdout
        ways = json.loads(shown) if shown.startswith("[") else [json.loads(line) for line in shown.splitlines()]
        if ways and finished(ways[0]) or time.monotonic() > until:
            return ways[0] if ways else {"topics": [], "destinations": []}
        time.sleep(0.05)


def milliseconds(earlier, later):
    """Between two times of a trace."""
    seconds = [time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) + float(at[19:-1] or 0) for at in (earlier, later)]
    return (seconds[1] - seconds[0]) * 1000


def follow(message):
    """Sends one and follows it: a row of the table, and whether it ended where it should."""
    answer = send(message)
    said = f"{answer.get('answer', '')} {answer.get('code', '')}".strip()
    right = said == message.answer
    row = [message.file, message.what, said or answer.get("error", "none"), "-", "-", f"{answer['ms']:.1f} ms", "-"]
    if message.topics:
        way = trace(answer["control_id"], lambda one: len(one["destinations"]) == len(message.destinations)
                    and all(to["state"] != "Waiting" for to in one["destinations"]))
        topics = sorted(topic["name"] for topic in way["topics"])
        ends = sorted(f"{to['name']} {to['state']}" for to in way["destinations"])
        right &= topics == message.topics and ends == [f"{name} Delivered" for name in message.destinations]
        row[3], row[4] = ", ".join(topics) or "none", ", ".join(ends) or "nowhere"
        if "received" in way and all(to.get("at") for to in way["destinations"]):
            row[6] = f"{max(milliseconds(way['received']['at'], to['at']) for to in way['destinations']):.0f} ms"
    return row, right


def show(rows):
    head = ["file", "message", "answer", "topics", "where it went", "answered in", "delivered after", ""]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def what_next():
    print(f"""
Everything stays up until Ctrl-C. Try next:
  the ops page                   {OPS}/
  a message's whole way          {TIELINE} trace DEMO0003 --config {CONFIG}
  what every part is doing       {TIELINE} status --config {CONFIG}
  what the receivers got         {SCRATCH}/lab.log and gp-practice.log
  send one of your own           {TIELINE} send {PAS} FILE.hl7
  where it would go, unsent      {TIELINE} route FILE.hl7 --listener pas --config {CONFIG}
  pause the lab, send, resume    {TIELINE} pause lab --reason "trying it" --config {CONFIG}""", flush=True)


def main():
    systems = Systems()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        systems.start("lab", "receive", LAB)
        systems.start("gp-practice", "receive", PRACTICE)
        systems.start("tieline", "run", CONFIG)
        systems.wait_until_ready()
        print(f"sending {len(MESSAGES)} messages", flush=True)
        followed = [follow(message) for message in MESSAGES]
        show([row + ["as it should" if right else "WRONG"] for row, right in followed])
        if "--once" not in sys.argv:
            what_next()
            while True:
                systems.check()
                time.sleep(1)
        return 0 if all(right for _, right in followed) else 1
    except KeyboardInterrupt:
        return 0
    finally:
        systems.end()


if __name__ == "__main__":
    sys.exit(main())
