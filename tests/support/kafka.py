"""A real Kafka for a test: tests/kafka.sh, and its console consumer's output as records."""
import subprocess
from dataclasses import dataclass

from support.scenarios import ROOT, Failed
from support.system import free_ports

SCRIPT = ROOT / "tests" / "kafka.sh"


@dataclass
class Record:
    partition: int
    position: int
    headers: dict
    key: str
    value: bytes


class Kafka:
    """Its folder and port; started and stopped as often as a test likes."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_ports(2)[0]  # its controller takes the next one

    @property
    def bus(self):
        """The configuration's `bus:`."""
        return f"{{kind: kafka, servers: ['127.0.0.1:{self.port}'], partitions: 3, replication: 1}}"

    def _run(self, *words, check=True):
        done = subprocess.run([SCRIPT, *map(str, words)], capture_output=True, timeout=200)
        if check and done.returncode != 0:
            raise Failed(f"kafka.sh {words[0]}: {done.stderr.decode()[-2000:]}")
        return done.stdout

    def start(self):
        self._run("start", self.folder, self.port)
        return self

    def stop(self):
        self._run("stop", self.folder)

    def kill(self):
        self._run("kill", self.folder)

    def topic(self, *words):
        """What Kafka's own topic command says."""
        return self._run("topic", self.folder, *words).decode()

    def read(self, topic, most=None, wait=6, committed=False):
        """The records of a topic as the console consumer prints them; ends after `most`, or `wait` seconds without one.

        With `committed`, only those that a `read_committed` reader sees."""
        words = [] if most is None else ["--max-messages", most]
        words += ["--isolation-level", "read_committed"] if committed else []
        for what in ("headers", "key", "partition", "offset"):
            words += ["--property", f"print.{what}=true"]
        words += ["--property", "key.separator=\x01", "--property", "line.separator=\x02", "--property", "headers.separator=\x03"]
        shown = self._run("consume", self.folder, topic, "--from-beginning", "--timeout-ms", int(wait * 1000), *words, check=False)
        return [_record(line) for line in shown.split(b"\x02") if line.count(b"\x01") >= 4]


def _record(line):
    partition, offset, headers, key, value = line.split(b"\x01", 4)
    pairs = (one.split(":", 1) for one in headers.decode().split("\x03") if ":" in one)
    return Record(int(partition.split(b":")[1]), int(offset.split(b":")[1]), dict(pairs), key.decode(), value)
