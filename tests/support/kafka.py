"""A real Kafka for a test: tests/kafka.sh, and its console consumer's output as records."""
import subprocess
from concurrent.futures import ThreadPoolExecutor
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
    """Its folder and port; started and stopped as often as a test likes. `nodes`: of its cluster, from 1."""

    def __init__(self, folder, nodes=1):
        self.folder, self.nodes, self.port = folder, range(1, nodes + 1), free_ports(2 * nodes)[0]  # each and its controller

    @property
    def servers(self):
        return [f"127.0.0.1:{self.port + 2 * (node - 1)}" for node in self.nodes]

    @property
    def bus(self):
        """The configuration's `bus:`."""
        return f"{{kind: kafka, servers: {self.servers}, partitions: 3, replication: {min(3, len(self.nodes))}}}"

    def _at(self, node):
        return self.folder if len(self.nodes) == 1 else self.folder / str(node)

    def _each(self, action, nodes=None):
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(action, nodes or self.nodes))

    def _run(self, *words, check=True):
        done = subprocess.run([SCRIPT, *map(str, words)], capture_output=True, timeout=200)
        if check and done.returncode != 0:
            raise Failed(f"kafka.sh {words[0]}: {done.stderr.decode()[-2000:]}")
        return done.stdout

    def start(self):
        self.start_node(*self.nodes)
        return self

    def start_node(self, *nodes):
        """One of them; several side by side, where there is no majority without them."""
        self._each(lambda node: self._run("start", self._at(node), self.port, node, len(self.nodes)), nodes)

    def stop(self):
        # The last of a cluster can't end cleanly: they have no majority.
        self._each(lambda node: self._run("stop" if len(self.nodes) == 1 else "kill", self._at(node)))

    def stop_node(self, node):
        self._run("stop", self._at(node))

    def kill(self, node=1):
        self._run("kill", self._at(node))

    def pause(self, node=1):
        self._run("pause", self._at(node))

    def resume(self, node=1):
        self._run("resume", self._at(node))

    def topic(self, *words, node=1):
        """What Kafka's own topic command says."""
        return self._run("topic", self._at(node), *words).decode()

    def configure(self, *words):
        """What Kafka's own command for settings says."""
        return self._run("configure", self._at(1), *words).decode()

    def read(self, topic, most=None, wait=6, committed=False):
        """The records of a topic as the console consumer prints them; ends after `most`, or `wait` seconds without one.

        With `committed`, only those that a `read_committed` reader sees."""
        words = [] if most is None else ["--max-messages", most]
        words += ["--isolation-level", "read_committed"] if committed else []
        for what in ("headers", "key", "partition", "offset"):
            words += ["--property", f"print.{what}=true"]
        words += ["--property", "key.separator=\x01", "--property", "line.separator=\x02", "--property", "headers.separator=\x03"]
        shown = self._run("consume", self._at(1), topic, "--from-beginning", "--timeout-ms", int(wait * 1000), *words, check=False)
        return [_record(line) for line in shown.split(b"\x02") if line.count(b"\x01") >= 4]


def _record(line):
    partition, offset, headers, key, value = line.split(b"\x01", 4)
    pairs = (one.split(":", 1) for one in headers.decode().split("\x03") if ":" in one)
    return Record(int(partition.split(b":")[1]), int(offset.split(b":")[1]), dict(pairs), key.decode(), value)
