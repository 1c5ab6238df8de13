#!/usr/bin/env python3
"""Tieline on a real Kafka: what is published, and what happens while Kafka is away."""
import json
import re
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.messages import END, START, Mllp, adt, fhir_message, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http  # noqa: E402


def ids_on(kafka, topic):
    """The control ids of a topic of HL7 v2, as a reader sees them that reads what is committed."""
    return [record.value.split(b"|", 10)[9].decode() for record in kafka.read(topic, committed=True)]


def kafka_for(system):
    kafka = Kafka(system.folder / "kafka")
    system.at_end(kafka.stop)
    return kafka


@scenario("kafka: its own console consumer reads the topics, with CloudEvents headers and no identifier outside the payload")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    equal(said(send(hospital.pas, adt("K1"))), "AA K1", "the answer")
    equal(said(send(hospital.lims, oru("K2"))), "AA K2", "the answer")
    record, = kafka.read("tieline.adt", most=1, wait=20)
    equal(json.loads(record.value)["resourceType"], "Bundle", "the value of tieline.adt")
    for name, wanted in (("ce_specversion", "1.0"), ("ce_type", "tieline.message.ADT.A01"), ("ce_source", "/tieline/flow/pas"),
                         ("content-type", "application/fhir+json")):
        equal(record.headers.get(name), wanted, name)
    check(record.headers["ce_id"].startswith("flow.") and "traceparent" in record.headers, record.headers)
    check(len(record.key) == 16 and "HOSP" not in record.key + json.dumps(record.headers), f"key {record.key}")
    original, = kafka.read("tieline.oru.v2", most=1, wait=20)
    equal(original.value, oru("K2").encode(), "the value of tieline.oru.v2")
    equal(original.headers["content-type"], "application/hl7-v2+er7", "its type")
    eventually("both are delivered", lambda: hospital.files("records") and hospital.files("lab"))


@scenario("kafka: topics are made with the configured partitions; one that exists with less is told")
def _(system):
    kafka = kafka_for(system).start()
    kafka.topic("--create", "--topic", "tieline.gp", "--partitions", "1")
    hospital = Hospital(system, bus=kafka.bus).start()
    eventually("the topic is made", lambda: "tieline.adt" in kafka.topic("--list").split())
    check("PartitionCount: 3" in kafka.topic("--describe", "--topic", "tieline.adt"), "its partitions")
    eventually("the log tells of the smaller one", lambda: [line for line in hospital.broker.output().splitlines()
                                                            if "tieline.gp" in line and "partitions" in line])


@scenario("kafka: one patient's messages stay in order on one partition")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    with Mllp(hospital.lims) as connection:
        for number in range(100):
            connection.send(oru(f"O{number}", patient="HOSP0001"))
    records = kafka.read("tieline.oru.v2", most=100, wait=20)
    equal(len({record.partition for record in records}), 1, "partitions")
    equal([record.value.split(b"|")[9].decode() for record in records], [f"O{number}" for number in range(100)], "the order")


@scenario("kafka: a message of 15 MiB gets through")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    send(hospital.lims, oru("BIG1") + "NTE|1|L|" + "x" * (15 << 20) + "\r")
    record, = kafka.read("tieline.oru.v2", most=1, wait=30)
    check(len(record.value) > 15 << 20, f"{len(record.value)} bytes")


@scenario("bad input: kafka is not there at start: senders are answered, and the backlog drains when it comes")
def _(system):
    kafka = kafka_for(system)
    hospital = Hospital(system, bus=kafka.bus).start()
    with Mllp(hospital.lims) as connection:
        for number in range(50):
            equal(said(connection.send(oru(f"N{number}"))), f"AA N{number}", "the answer")
    equal(http("GET", f"http://127.0.0.1:{hospital.ops}/readyz")[0], 200, "ready means: can store and answer")
    equal(hospital.files("lab"), {}, "deliveries while nothing is published")
    kafka.start()
    eventually("the backlog drains", lambda: len(hospital.files("lab")) == 50, within=60)
    records = kafka.read("tieline.oru.v2", most=50, wait=20)
    equal([record.value.split(b"|")[9].decode() for record in records], [f"N{number}" for number in range(50)], "the order")


@scenario("bad input: kafka is killed in the middle: senders are answered, and nothing is missing when it is back")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    with Mllp(hospital.lims) as connection:
        for number in range(60):
            if number == 20:
                kafka.kill()
            equal(said(connection.send(oru(f"G{number}"))), f"AA G{number}", "the answer")
    eventually("status says that the bus is down", lambda: hospital.broker.status()["bus"]["state"] == "down", within=40)
    kafka.start()
    eventually("the backlog drains", lambda: len(hospital.files("lab")) == 60, within=90)
    equal(ids_on(kafka, "tieline.oru.v2"), [f"G{number}" for number in range(60)], "the topic, each once")


@scenario("bad input: kafka hangs in the middle: senders are answered, and each message is there once when it goes on")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    with Mllp(hospital.lims) as connection:
        for number in range(60):
            if number == 20:
                kafka.pause()
            equal(said(connection.send(oru(f"H{number}"))), f"AA H{number}", "the answer")
    kafka.resume()
    eventually("the backlog drains", lambda: len(hospital.files("lab")) == 60, within=60)
    equal(ids_on(kafka, "tieline.oru.v2"), [f"H{number}" for number in range(60)], "the topic, each once")


@scenario("kafka: `ack: published` answers once the bus has it")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus, pas_extra=", ack: published").start()
    equal(said(send(hospital.pas, adt("A1"))), "AA A1", "the answer")
    kafka.pause()
    with Mllp(hospital.pas) as connection:
        connection.write(START + adt("A2").encode() + END)
        eventually("it is stored", lambda: hospital.broker.status()["bus"]["appended"] == 2)
        connection.socket.settimeout(1)
        try:
            equal(connection.answer(), None, "an answer while the bus has it not")
        except TimeoutError:
            pass
        connection.socket.settimeout(60)
        kafka.resume()
        equal(said(connection.answer()), "AA A2", "the answer")
    equal(len(kafka.read("tieline.adt", committed=True)), 2, "records")


@scenario("bad input: kafka: a record that its topic does not take is held, stops nobody else's, and goes on when the limit is raised")
def _(system):
    kafka = kafka_for(system).start()
    kafka.topic("--create", "--topic", "tieline.oru.v2", "--partitions", "3", "--config", "max.message.bytes=20000")
    hospital = Hospital(system, bus=kafka.bus).start()
    with Mllp(hospital.lims) as connection:
        for number in range(200):  # together far more than a batch may be
            extra = "NTE|1|L|" + "x" * (40_000 if number == 100 else 500) + "\r"
            equal(said(connection.send(oru(f"L{number}") + extra)), f"AA L{number}", "the answer")
    eventually("the others are delivered", lambda: len(hospital.files("lab")) == 199, within=60)
    held, = hospital.broker.held()
    check("larger than topic tieline.oru.v2 takes, 20000" in json.dumps(held), held)
    kafka.configure("--alter", "--entity-type", "topics", "--entity-name", "tieline.oru.v2", "--add-config", "max.message.bytes=100000")
    def released():
        hospital.broker.command("held", "release", held["id"], "--yes", "--reason", "the limit was raised")
        return len(hospital.files("lab")) == 200
    eventually("it is delivered", released, within=60)
    equal(sorted(ids_on(kafka, "tieline.oru.v2")), sorted(f"L{number}" for number in range(200)), "the topic, each once")


@scenario("bad input: kafka: a topic that is deleted is made anew, without its progress the bus stops and says so")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    equal(said(send(hospital.lims, oru("D1"))), "AA D1", "the answer")
    eventually("it is there", lambda: hospital.broker.status()["bus"]["published"] == 1)
    kafka.topic("--delete", "--topic", "tieline.oru.v2")
    equal(said(send(hospital.lims, oru("D2"))), "AA D2", "the answer")
    eventually("what comes next is published", lambda: hospital.broker.status()["bus"]["published"] == 2, within=60)
    equal(ids_on(kafka, "tieline.oru.v2"), ["D2"], "the new topic")
    kafka.topic("--delete", "--topic", "tieline._progress")
    equal(said(send(hospital.lims, oru("D3"))), "AA D3", "the answer")
    eventually("the bus stops", lambda: hospital.broker.status()["bus"]["state"] == "stopped", within=60)
    check("no record of this node's progress" in hospital.broker.status()["bus"]["last_error"], hospital.broker.status()["bus"])
    equal(hospital.broker.stop(), 0, "the exit code")
    hospital.start(bus=kafka.bus.replace("kind: kafka", "kind: kafka, exactly_once: false"))
    eventually("it goes on when that is accepted", lambda: hospital.broker.status()["bus"]["published"] == 3, within=60)
    hospital.broker.stop()
    hospital.start()
    equal(said(send(hospital.lims, oru("D4"))), "AA D4", "the answer")
    eventually("and with transactions", lambda: hospital.broker.status()["bus"]["published"] == 4, within=60)
    equal(ids_on(kafka, "tieline.oru.v2"), ["D2", "D3", "D4"], "the topic, each once")


EVERY_KIND = """  records: {{folder: {{path: records}}}}
  lab: {{mllp: {{host: 127.0.0.1, port: {lab}}}}}
  gp: {{fhir: {{url: "http://127.0.0.1:{gp}/fhir"}}}}
  nowhere: {{discard: {{}}}}"""


@scenario("kafka: a scanned letter of 16 MiB gets through to Kafka and to every kind of destination, within the memory budget")
def _(system):
    kafka = kafka_for(system).start()
    lab, gp = free_ports(2)
    stores = {name: system.folder / f"{name}-store" for name in ("lab", "gp")}
    system.receiver(f"mllp://127.0.0.1:{lab}", "--store", stores["lab"])
    system.receiver(f"http://127.0.0.1:{gp}/fhir", "--store", stores["gp"])
    hospital = Hospital(system, bus=kafka.bus, destinations=EVERY_KIND.format(lab=lab, gp=gp), to_fhir="[records, gp, nowhere]",
                        to_v2="[lab]", routes="  - {name: letters, when: {type: ORU}, topic: letters, publish: fhir, to: [records, gp, nowhere]}\n")
    hospital.start()
    idle = resident(hospital.broker, "VmRSS")
    head = oru("BIG") + "OBX|2|ED|LETTER^Scanned letter||^application^pdf^Base64^"
    letter = head + "QUJD" * (((16 << 20) - len(head) - 64) // 4) + "||||||F\r"
    for number in range(4):  # one after the other: what one needs is given back, or used again, before the next
        equal(said(send(hospital.lims, letter.replace("BIG", f"L{number}", 1))), f"AA L{number}", "the answer")
    eventually("all are published", lambda: hospital.broker.status()["bus"]["published"] == 4, within=90)
    for name in ("records", "lab", "gp", "nowhere"):
        eventually(f"{name} has them", lambda: hospital.broker.destination(name)["delivered"] == 4, within=90)
    most = resident(hospital.broker, "VmHWM") - idle
    check(most < 600, f"{most:.0f} MiB more than idle at most")
    equal([len(one) for one in (file.read_bytes() for file in stores["lab"].iterdir())], [len(letter) - 1] * 4, "bytes at the MLLP receiver")
    check(all(len(file.read_bytes()) > 16 << 20 for file in stores["gp"].iterdir()), "bytes at the FHIR receiver")
    for topic, count, least in (("tieline.oru.v2", 4, 15 << 20), ("tieline.letters", 1, 30 << 20)):  # one is 37 MiB: enough for a console
        sizes = [len(record.value) for record in kafka.read(topic, most=count, wait=30, committed=True)]
        check(len(sizes) == count and min(sizes) > least, f"{topic}: {sizes}")


def resident(broker, what):
    """MiB."""
    return int(re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{broker.pid}/status").read_text())[1]) / 1024


READER = """node: reader
data: reader
bus: {{kind: embedded, partitions: 3}}
listeners:
  feed: {{kafka: {{servers: {servers}, topic: tieline.{topic}, group: reader}}, adapter: {adapter}}}
routes:
  - {{name: all, topic: again, publish: {publish}}}
ops: {{port: {ops}}}
retention: {{disk_reserve: 64MiB}}
"""


def reader_of(system, kafka, topic, adapter, publish):
    """A second Tieline that reads what the first one published."""
    ops, = free_ports(1)
    text = READER.format(servers=kafka.servers, topic=topic, adapter=adapter, publish=publish, ops=ops)
    return lambda: system.broker(system.write("reader.yaml", text), ops).ready()


@scenario("kafka in: a topic of HL7 v2 is read once, whatever kills the reader in between")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    start = reader_of(system, kafka, "oru.v2", "hl7v2", "original")
    with Mllp(hospital.lims) as connection:
        for number in range(1000):
            connection.send(oru(f"R{number}", patient=f"HOSP{number % 7:04}"))
    eventually("all are on the topic", lambda: hospital.broker.status()["bus"]["published"] == 1000, within=60)
    for some in (1, 200, 500):
        reader = start()
        eventually("it has read some", lambda: reader.status()["bus"]["appended"] >= some)
        reader.stop(signal.SIGKILL)
    reader = start()
    eventually("it has read all", lambda: reader.status()["bus"]["appended"] == 1000 and reader.all_published(), within=60)
    ids = [record["control_id"] for record in reader.topic("again")]
    equal(sorted(ids), sorted(f"R{number}" for number in range(1000)), "messages, each once")
    for patient in range(7):
        equal([one for one in ids if int(one[1:]) % 7 == patient], [f"R{number}" for number in range(patient, 1000, 7)], "a patient's order")


@scenario("kafka in: a topic of FHIR is read, and a topic that is not there yet is waited for")
def _(system):
    kafka = kafka_for(system).start()
    reader = reader_of(system, kafka, "gp", "fhir", "fhir")()
    eventually("it says so", lambda: "tieline.gp" in json.dumps(reader.status()["listeners"]))
    hospital = Hospital(system, bus=kafka.bus).start()
    http("POST", f"http://127.0.0.1:{hospital.gp}/fhir/$process-message", fhir_message("F1"), {"Content-Type": "application/fhir+json"})
    eventually("it is read", lambda: reader.status()["bus"]["published"] == 1, within=40)
    equal(reader.topic("again")[0]["control_id"], "F1", "the message")


@scenario("kafka: a restart of Tieline goes on where it was, and publishes nothing twice after a clean stop")
def _(system):
    kafka = kafka_for(system).start()
    hospital = Hospital(system, bus=kafka.bus).start()
    send(hospital.lims, oru("T1"))
    equal(hospital.broker.stop(), 0, "the exit code")
    hospital.start()
    send(hospital.lims, oru("T2"))
    records = kafka.read("tieline.oru.v2")
    equal([record.value.split(b"|")[9] for record in records], [b"T1", b"T2"], "the topic")


if __name__ == "__main__":
    sys.exit(run())
