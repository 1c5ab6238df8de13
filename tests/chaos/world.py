"""What every run of tests/chaos has: its arguments, its folder, Tieline between senders and a receiver, the verdict and the report.

    parser = world.arguments(__doc__, ["drop", "double"])
    given = parser.parse_args()
    with World("crashloop", given) as run:
        run.start()                    # the broker, ready
        senders = run.senders(16)
        ...                            # what this run is about
        senders.stop()
        run.judge()                    # settles, and compares topic and receiver with what was acknowledged
        return run.verdict("20 kills", senders)
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import oracle
from senders import Senders
from support.kafka import Kafka
from support.scenarios import BUILD, ROOT, SCRATCH, eventually
from support.system import TIELINE, Broker, Program, free_ports, sanitizer_report, tieline

HERE = Path(__file__).resolve().parent

# What `--sabotage` can be, and the fault that it must be seen as: one of a Finding's, or what a run's own fault begins with.
SABOTAGES = {"drop": "lost", "double": "twice", "reorder": "out_of_order", "change": "changed", "early-ack": "lost", "credit": "lost",
             "credit-foreign": "lost", "hoard": "memory", "leak": "descriptors", "no-reserve": "reserve", "lying-sync": "lost",
             "reopen": "dropped", "half": "half", "fat": "over"}

CONFIGURATION = """node: chaos
data: data
bus: {bus}
listeners:
  pas: {{mllp: {{port: {port}}}, adapter: {{name: hl7v2}}}}
routes:
  - {{name: as it came, when: {{type: ADT}}, topic: adt, publish: original, to: [ward]}}
destinations:
  ward: {{mllp: {{host: 127.0.0.1, port: {ward}, answers: {{AE: retry, AR: retry}}}}, connections: {connections}, timeout: {timeout}, retry: {{first: {first}, most: {most}}}}}
ops: {{port: {ops}}}
retention: {{disk_reserve: {reserve}}}
"""


def arguments(text, sabotages, kafka=True):
    """The arguments that all runs take; `text` is the script's docstring."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, help="of the moments and the messages (default: 7)")
    parser.add_argument("--resume", action="store_true", help="go on where a run with the same arguments was broken off")
    parser.add_argument("--report", metavar="FILE", help="where the report goes too")
    parser.add_argument("--rate", type=float, default=0, help="messages a second of all senders (default: as fast as it goes)")
    if kafka:
        parser.add_argument("--bus", choices=["embedded", "kafka"], default="embedded")
    parser.add_argument("--sabotage", choices=sabotages, help="run the test build that breaks this promise: the verdict must be BROKEN")
    parser.add_argument("--expect-failure", action="store_true", help="exit 0 only when the sabotage was seen as what it is")
    return parser


class World:
    """Use it in a `with`: what it started ends with it. Its folder stays when the verdict was BROKEN, or there was none."""

    def __init__(self, name, given, reserve="64MiB", connections=1, timeout="5s", retry=("20ms", "200ms"), brokers=1):
        self.brokers = brokers
        self.name, self.given, self.bus = name, given, getattr(given, "bus", "embedded")
        self.folder = SCRATCH / "-".join(filter(None, (name, self.bus, given.sabotage)))
        if not given.resume:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.ops, self.ward = free_ports(3)
        self.acknowledged = oracle.Notes(self.folder / "acknowledged")
        self.kafka = self.broker = self.receiver = None
        self.findings, self.began, self.facts = [], time.time(), []
        self.settings = dict(port=self.port, ops=self.ops, ward=self.ward, reserve=reserve, connections=connections, timeout=timeout,
                             first=retry[0], most=retry[1])

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # broken off: what was started ends all the same
        if self.bus == "kafka":
            self.kafka = Kafka(self.folder / "kafka", self.brokers).start()
        self.configure()
        return self

    def __exit__(self, *_):
        for one in (self.broker, self.receiver):
            if one and one.running():
                one.stop(signal.SIGKILL)
        if self.kafka:
            self.kafka.stop()

    def configure(self, **changes):
        """Writes the configuration, with what is changed."""
        bus = self.kafka.bus if self.kafka else "{kind: embedded, partitions: 3}"
        self.config = self.folder / "tieline.yaml"
        self.config.write_text(CONFIGURATION.format(bus=bus, **(self.settings | changes)))

    def rounds(self, count):
        """1 to `count`, without those that a resumed run has behind it; a round counts once its body has ended."""
        file = self.folder / "rounds"
        for number in range(int(file.read_text()) + 1 if file.exists() else 1, count + 1):
            yield number
            file.write_text(str(number))

    def start(self, die_at=None, disk=None, wait=True):
        """Starts Tieline and waits until it is ready. With `die_at`, `STEP:COUNT`, it does not wait: it may die before. `disk`: how the
        disk breaks (broker/store/faulty_disk.hpp)."""
        test_build = self.given.sabotage or die_at or disk
        env = dict(os.environ)
        env |= {"TIELINE_SABOTAGE": self.given.sabotage} if self.given.sabotage else {}
        env |= {"TIELINE_DIE_AT": die_at} if die_at else {}
        env |= {"TIELINE_DISK": disk} if disk else {}
        binary = BUILD / "tests/tieline_sabotaged" if test_build else TIELINE
        self.broker = Broker(self.config, self.ops, self.folder / "tieline.log", env=env, binary=binary)
        return self.broker.ready(240) if wait and not die_at else self.broker  # how soon is not the question here

    def memory(self):
        """Resident bytes of the broker."""
        status = Path(f"/proc/{self.broker.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10

    def descriptors(self):
        """How many files and sockets the broker has open, those of its store left aside."""
        count, folder = 0, Path(f"/proc/{self.broker.pid}/fd")
        for one in folder.iterdir():
            try:
                count += "/store/" not in os.readlink(one)
            except FileNotFoundError:
                pass  # closed meanwhile
        return count

    def start_receiver(self, *words):
        """Starts the receiving system, with options of receiver.py."""
        self.receiver = Program([sys.executable, HERE / "receiver.py", self.ward, self.folder / "received", *words],
                                self.folder / "receiver.log")
        self.receiver.says(f"listening on {self.ward}")
        return self.receiver

    def senders(self, count):
        return Senders(count, self.port, self.acknowledged, self.given.seed, self.given.rate)

    def expected(self, control_id):
        return oracle.digest_of(oracle.message_of(self.given.seed, control_id)) if oracle.ID.fullmatch(control_id) else None

    def settle(self, within=300):
        """Starts Tieline if it is down, waits until all is published and delivered, and ends it."""
        waiting = None
        while waiting != 0:  # just after a start the backlog is not counted yet: what the store says at rest decides
            broker = self.broker if self.broker and self.broker.running() else self.start()
            eventually("everything stored is published", broker.all_published, within)
            eventually("everything is delivered", lambda: broker.destination("ward")["backlog"] == 0, within)
            broker.stop(within=60)
            waiting = json.loads(tieline("status", "--json", "--config", self.config).stdout)["destinations"][0]["backlog"]

    def on_topic(self, acknowledged):
        """(id, digest) of each record, for a reader that sees only what is committed."""
        if self.kafka:
            yield from self._on_kafka(acknowledged)
            return
        with subprocess.Popen([TIELINE, "topic", "adt", "--config", self.config], stdout=subprocess.PIPE) as listing:
            for line in listing.stdout:
                one = json.loads(line)
                yield one["control_id"], one["sha256"][:16]

    def _on_kafka(self, acknowledged):
        records = []
        for wait in (8, 30, 60):  # a busy machine can take longer over a pause than the reader waits: what is missing is looked for again
            records = [(one.value.split(b"|", 10)[9].decode(), oracle.digest_of(one.value))
                       for one in self.kafka.read("tieline.adt", wait=wait, committed=True)]
            if acknowledged <= {control_id for control_id, _ in records}:
                break
        return records

    def judge(self):
        """Settles and compares: the topic once, the receiver at least once, both in order and byte for byte."""
        self.settle()
        acknowledged = {control_id for control_id, _ in self.acknowledged}
        self.findings = [oracle.judge("topic", acknowledged, self.on_topic(acknowledged), self.expected)]
        if self.receiver:
            received = oracle.Notes(self.folder / "received")
            self.findings.append(oracle.judge("receiver", acknowledged, received, self.expected, once=False))
        return self.findings

    def verdict(self, what, senders=None, also=(), clear=True):
        """Prints the report and, as its last line, HELD or BROKEN and the counts; gives the exit code.

        `what`: what was done, in a few words. `also`: further faults of this run, `what it is of: words`.
        """
        reports = [*filter(None, [sanitizer_report(file.read_text(errors="replace")) for file in self.folder.glob("*.log")])]
        faults = [*reports, *also, *(senders.wrong[:5] if senders else []), *(one for finding in self.findings for one in finding.examples)]
        holds = not faults and all(finding.holds for finding in self.findings)
        last = f"{'HELD' if holds else 'BROKEN'}: {what}; " + "; ".join([*map(str, self.findings), *([str(senders)] if senders else [])])
        report = "\n".join([*self._head(), *(f"- {fact}" for fact in self.facts), *(f"- FAULT {fault}" for fault in faults), "", last])
        print(report, flush=True)
        if self.given.report:
            Path(self.given.report).write_text(report + "\n")
        if holds and clear:
            shutil.rmtree(self.folder, ignore_errors=True)
        if not self.given.expect_failure:
            return 0 if holds else 1
        seen_as = SABOTAGES[self.given.sabotage]
        seen = any(getattr(finding, seen_as, 0) for finding in self.findings) or any(one.startswith(seen_as + ":") for one in also)
        return 0 if seen and not reports else 1

    def _head(self):
        day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.began))
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        words = " ".join(word for word in sys.argv[1:] if not word.startswith("--report") and word != self.given.report)
        return [f"# {self.name}", "", f"- `tests/chaos/{self.name} {words}`, commit {commit or 'unknown'}, seed {self.given.seed}",
                f"- {day}, {time.time() - self.began:.0f} s, {os.cpu_count()} cores, {platform.system()} {platform.release()}"]
