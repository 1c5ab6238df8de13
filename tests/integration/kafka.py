#!/usr/bin/env python3
"""Tieline on a real Kafka: what is published, and what happens while Kafka is away."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.messages import Mllp, adt, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import http  # noqa: E402


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
    ids = [record.value.split(b"|")[9].decode() for record in kafka.read("tieline.oru.v2")]
    equal(sorted(set(ids)), sorted(f"G{number}" for number in range(60)), "messages on the topic")
    firsts = list(dict.fromkeys(ids))
    equal(firsts, [f"G{number}" for number in range(60)], "the order")


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
