"""Runs the measurements of bench/README.md and prints them; called by bench/run.sh."""
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import convert  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.scenarios import BUILD, SCRATCH  # noqa: E402
from support.system import TIELINE, Broker, Program, free_ports, tieline  # noqa: E402

BENCH, MESSAGE, FOLDER = BUILD / "bench", ROOT / "bench" / "adt_a01.hl7", SCRATCH / "bench"
JARS = ROOT / "tests" / "jars.sh"
SECONDS, WARM, GRACE = 8, 2, 2


def say(text):
    print(text, flush=True)


def output(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def limits():
    """The disk's and RocksDB's own limits: {"fdatasync_p99": ms, 16: messages a second, 64: …}."""
    text = output(BENCH / "bench_sync_floor", FOLDER)
    say(text.rstrip())
    sync = re.search(r"fdatasync p50 ([\d.]+) ms p99 ([\d.]+) ms", text)
    rates = dict((int(size), float(rate)) for size, rate in re.findall(r"sync (\d+) (\d+) msg/s", text))
    return {"fdatasync_p50": float(sync[1]), "fdatasync_p99": float(sync[2])} | rates


def mean(before, after):
    """Of the limits measured before and after: a disk may be another one some seconds later."""
    return {name: (before[name] + after[name]) / 2 for name in before}


def load(port, connections, seconds=SECONDS, warm=WARM):
    """A closed-loop load: what bench_load printed."""
    command = [str(part) for part in (BENCH / "bench_load", port, MESSAGE, connections, seconds, warm)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"bench: {done.stderr}")
    return json.loads(done.stdout)


def configuration(name, bus, ports):
    file = FOLDER / f"{name}.yaml"
    file.write_text(f"""node: bench
data: {name}
bus: {bus}
listeners:
  pas: {{mllp: {{port: {ports[0]}}}, adapter: {{name: hl7v2}}}}
routes:
  - {{name: admissions, when: {{type: ADT}}, topic: adt, publish: fhir, to: [nowhere]}}
destinations:
  nowhere: {{discard: {{}}}}
ops: {{port: {ports[1]}}}
""")
    return file


class Measured(Broker):
    """A running Tieline under measurement."""

    def __init__(self, name, bus, *words):
        self.port, ops = free_ports(2)
        began = time.monotonic()
        Program.__init__(self, [TIELINE, "run", *words, configuration(name, bus, (self.port, ops))], FOLDER / f"{name}.log")
        self.config, self.ops, self.name = FOLDER / f"{name}.yaml", ops, name
        self.ready()
        self.ready_after = time.monotonic() - began

    def memory(self, what):
        """MiB: `VmRSS` now or `VmHWM` at most."""
        line = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(line[1]) / 1024

    def written(self):
        return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{self.pid}/io").read_text(), re.M)[1])

    def published(self):
        return self.status()["bus"]["published"]

    def run(self, connections, counts_published=True):
        """A load, with the bytes written to disk a message; only messages that reached the topic within the run plus 2 s count."""
        written, before = self.written(), self.published() if counts_published else 0
        result = load(self.port, connections)
        result["bytes"] = (self.written() - written) / max(result["all"], 1)
        if counts_published:
            time.sleep(GRACE)
            late = max(0, result["all"] - (self.published() - before))
            result["late"] = late
            result["rate"] = max(0, result["accepted"] - late) / SECONDS
        tell(f"{self.name}", result)
        return result


def tell(name, result):
    extra = f"  {result['refused']} REFUSED" if result["refused"] else ""
    extra += f"  {result['bytes']:.0f} bytes written each" if "bytes" in result else ""
    extra += f"  {result['late']} not published in time" if result.get("late") else ""
    say(f"{name} {result['connections']} {result['rate']:.0f} msg/s  p50 {result['p50_ms']:.2f} ms  p99 {result['p99_ms']:.2f} ms  "
        f"p99.9 {result['p999_ms']:.2f} ms{extra}")


def pipeline(name, bus, sizes, *words):
    """Runs Tieline under each number of connections: ({connections: result}, its size and start)."""
    broker = Measured(name, bus, *words)
    idle = broker.memory("VmRSS")
    results = {size: broker.run(size, counts_published="--journal-only" not in words) for size in sizes}
    about = {"ready": broker.ready_after, "idle": idle, "most": broker.memory("VmHWM")}
    say(f"{name} ready after {about['ready']:.2f} s  resident {about['idle']:.0f} MiB idle, {about['most']:.0f} MiB at most")
    broker.stop(within=60)
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    return results, about


def ready_with_backlog(count=1_000_000):
    """Seconds from a start, after a crash, to ready, while so many messages wait for a receiver that is away."""
    (port, ops), (away,) = free_ports(2), free_ports(1)
    file = configuration("backlog", "{kind: embedded, partitions: 6}", (port, ops))
    file.write_text(file.read_text().replace("{discard: {}}", f"{{mllp: {{host: 127.0.0.1, port: {away}}}}}"))
    output(BENCH / "bench_backlog", FOLDER / "backlog", MESSAGE, count)
    os.sync()
    began = time.monotonic()
    broker = Broker(file, ops, FOLDER / "backlog.log").ready()
    seconds = time.monotonic() - began
    waiting = broker.destination("nowhere")["backlog"]
    broker.stop()
    say(f"backlog of {count}: ready after {seconds:.2f} s, {waiting} counted by then")
    return seconds


def bundle_file():
    """The Bundle that the load's message becomes, as it stands on the topic."""
    line = json.dumps({"id": "1", "message": MESSAGE.read_bytes().decode()})
    done = tieline("convert", "--batch", input=line + "\n", expect=0)
    file = FOLDER / "bundle.json"
    file.write_text(json.dumps(json.loads(done.stdout)["bundle"], separators=(",", ":")))
    return file


def peer(servers):
    """Camel with LinuxForHealth's converter, MLLP to Kafka: {connections: result}."""
    jars = output(JARS, ROOT / "bench/peer/pom.xml", "camel").strip()
    classes, (port,) = FOLDER / "peer", free_ports(1)
    subprocess.run(["javac", "-cp", f"{jars}/*", "-d", classes, ROOT / "bench/peer/CamelRoute.java"], check=True)
    camel = Program(["java", "-Xmx2g", "-cp", f"{classes}:{jars}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "CamelRoute",
                     str(port), servers], FOLDER / "peer.log")
    try:
        camel.says("ready", within=60)
        load(port, 16, 5, 25)  # the compiler of the Java machine needs its time
        results = {size: load(port, size) for size in (16, 64)}
        for result in results.values():
            tell("peer", result)
        return results
    finally:
        camel.stop(within=60)


def on_kafka():
    """Everything that needs a Kafka: the bare producer, the pipeline and the peer."""
    kafka = Kafka(FOLDER / "kafka-node").start()
    servers = f"127.0.0.1:{kafka.port}"
    try:
        for topic in ("bench", "peer"):
            kafka.topic("--create", "--topic", topic, "--partitions", 6)
        value = bundle_file()
        bare = json.loads(output(BENCH / "bench_producer", servers, "bench", value, SECONDS))
        say(f"producer {bare['rate']:.0f} records/s of {bare['bytes']} bytes")
        bus = kafka.bus.replace("partitions: 3", "partitions: 6")
        results, _ = pipeline("kafka", bus, (16, 64))
        sooner, _ = pipeline("kafka-at-least-once", bus.replace("kind: kafka", "kind: kafka, exactly_once: false, prefix: sooner."), (64,))
        return bare, results, sooner, peer(servers)
    finally:
        kafka.stop()


def verdicts(own, floor, whole, about, kafka, backlog):
    """(name, value, limit, whether it is a least value) for each line of the table."""
    yield "floor_16_of_sync", floor[16]["rate"] / own[16], 0.5, True
    yield "floor_64_of_sync", floor[64]["rate"] / own[64], 0.5, True
    yield "embedded_64_of_floor", whole[64]["rate"] / floor[64]["rate"], 0.4, True
    yield "ack_p99_16_of_fdatasync_p99", whole[16]["p99_ms"] / own["fdatasync_p99"], 4, False
    yield "written_16_embedded_bytes", whole[16]["bytes"], 16384, False
    yield "written_16_floor_bytes", floor[16]["bytes"], 4096, False
    yield "ready_s", about["ready"], 0.5, False
    if backlog:
        yield "ready_with_a_million_waiting_s", backlog, 2, False
    yield "resident_idle_mib", about["idle"], 60, False
    yield "resident_load_mib", about["most"], 200, False
    if kafka:
        bare, results, sooner, other = kafka
        yield "kafka_64_exactly_once_of_without", results[64]["rate"] / sooner[64]["rate"], 0.7, True
        yield "kafka_64_of_peer", results[64]["rate"] / other[64]["rate"], 20, True
        yield convert.verdict(FOLDER / "peer", say)
        yield "ack_p99_16_of_peer_p50", whole[16]["p99_ms"] / other[16]["p50_ms"], 1, False
        say(f"kafka 64 is {results[64]['rate'] / bare['rate']:.2f} of the bare producer (aim: 0.6)")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    if os.stat(FOLDER).st_dev == os.stat("/dev/shm").st_dev:
        sys.exit("bench: the build folder is in memory, where a sync costs nothing; set TIELINE_SCRATCH to a folder on a disk")
    embedded = "{kind: embedded, partitions: 6}"
    before = limits()
    floor, _ = pipeline("floor", embedded, (1, 16, 64), "--journal-only")
    whole, about = pipeline("embedded", embedded, (1, 16, 64))
    own = mean(before, limits())
    kafka = None if "--no-kafka" in sys.argv else on_kafka()
    backlog = ready_with_backlog() if "--backlog" in sys.argv else None
    failed = False
    for name, value, limit, least in verdicts(own, floor, whole, about, kafka, backlog):
        passed = value >= limit if least else value <= limit
        failed |= not passed
        say(f"{name} {value:.3g} {'>=' if least else '<='}{limit} {'PASS' if passed else 'FAIL'}")
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 1 if failed and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
