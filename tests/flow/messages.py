#!/usr/bin/env python3
"""The main job on the embedded bus: messages in over each way, answered, normalised, published, delivered, seen."""
import json
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.certificates import make_authority  # noqa: E402
from support.hospital import Hospital  # noqa: E402
from support.messages import Mllp, adt, client_tls, fhir_message, field, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http, tieline  # noqa: E402


def process_message(hospital, body, **headers):
    return http("POST", f"http://127.0.0.1:{hospital.gp}/fhir/$process-message", body,
                {"Content-Type": "application/fhir+json"} | headers)


@scenario("embedded bus: an admission over MLLP becomes a Bundle on its topic and at its receiver")
def _(system):
    hospital = Hospital(system).start()
    equal(said(send(hospital.pas, adt("X1"))), "AA X1", "the answer")
    files = eventually("the receiver has it", lambda: hospital.files("records"))
    bundle = json.loads(list(files.values())[0])
    equal(bundle["resourceType"], "Bundle", "what was received")
    types = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    check({"MessageHeader", "Patient", "Encounter"} <= set(types), f"resources: {types}")
    record, = hospital.broker.topic("adt")
    equal((record["ce_type"], record["ce_source"]), ("tieline.message.ADT.A01", "/tieline/flow/pas"), "the record's headers")
    equal((record["control_id"], record["content-type"]), ("X1", "application/fhir+json"), "the record")
    check(len(record["key"]) == 16 and "HOSP" not in json.dumps(record), f"no identifier outside the payload: {record}")


@scenario("embedded bus: a result reaches the lab over MLLP as it came, for the lab by its name")
def _(system):
    port, = free_ports(1)
    lab = system.receiver(f"mllp://127.0.0.1:{port}", "--store", system.folder / "got")
    hospital = Hospital(system, to_fhir="[]", destinations=f"""  lab: {{mllp: {{host: 127.0.0.1, port: {port}}}, set: {{MSH-5: LAB}}}}""").start()
    sent = oru("X2")
    equal(said(send(hospital.lims, sent)), "AA X2", "the answer")
    lab.says("X2")
    got = [one.read_bytes().decode() for one in (system.folder / "got").iterdir()]
    equal(got, [sent.replace("|TIELINE|", "|LAB|", 1)], "what the lab got")


@scenario("embedded bus: a FHIR message over HTTP reaches a FHIR receiver and is answered by a message")
def _(system):
    port, = free_ports(1)
    practice = system.receiver(f"http://127.0.0.1:{port}/fhir")
    hospital = Hospital(system, to_v2="[]", destinations=f"""  records: {{fhir: {{url: "http://127.0.0.1:{port}/fhir", send: process-message}}}}""").start()
    status, _, body = process_message(hospital, fhir_message("F1"))
    answer = json.loads(body)
    equal((status, answer["type"], answer["entry"][0]["resource"]["response"]["code"]), (200, "message", "ok"), "the answer")
    practice.says("F1")


@scenario("embedded bus: a resource over HTTP is answered 202 with the place of its status, which its sender can read")
def _(system):
    hospital = Hospital(system).start()
    patient = json.dumps({"resourceType": "Patient", "name": [{"family": "Testpatient"}]})
    status, headers, _ = http("POST", f"http://127.0.0.1:{hospital.gp}/fhir/Patient", patient, {"Content-Type": "application/fhir+json"})
    equal(status, 202, "the answer")
    place = headers["Content-Location"]
    place = place if place.startswith("http") else f"http://127.0.0.1:{hospital.gp}{place}"
    def delivered():
        status, _, body = http("GET", place)
        return status == 200 and "Delivered" in body and body
    body = eventually("the status says Delivered", delivered)
    check("Testpatient" not in body, "the status holds no content")


@scenario("folder listener: takes each complete file once and moves it to done, or to refused with the reason beside it")
def _(system):
    inbox = system.folder / "in"
    inbox.mkdir()
    hospital = Hospital(system)
    text = hospital.text().replace("listeners:\n", f"listeners:\n  drop: {{folder: {{path: {inbox}}}, adapter: hl7v2}}\n")
    hospital.broker = system.broker(text, hospital.ops).ready()
    system.write("in/.a.hl7.part", adt("D1"))
    (inbox / ".a.hl7.part").rename(inbox / "a.hl7")
    system.write("in/b.hl7", "this is no message")
    eventually("the good file is done", lambda: list((inbox / "done").glob("a.hl7*")) if (inbox / "done").exists() else [])
    eventually("the bad file is refused", lambda: list((inbox / "refused").glob("b.hl7*")) if (inbox / "refused").exists() else [])
    eventually("one record", lambda: len(hospital.broker.topic("adt")) == 1)
    check(len(list((inbox / "refused").iterdir())) >= 2, "the reason stands beside the refused file")


@scenario("embedded bus: a message that no route takes ends as Filtered, with the reason, and is counted")
def _(system):
    hospital = Hospital(system).start()
    equal(said(send(hospital.pas, adt("N1", trigger="A08"))), "AA N1", "the answer")
    trace = eventually("it is Filtered", lambda: [one for one in hospital.broker.trace("N1") if one["state"] == "Filtered"])
    check("A08" in json.dumps(trace), f"the trace says why: {trace}")
    check(any("filtered" in name and value == 1 for name, value in hospital.broker.metrics().items()), "it is counted")


@scenario("embedded bus: the same message sent again gets the stored answer and is published once")
def _(system):
    hospital = Hospital(system).start()
    first, again = send(hospital.pas, adt("R1")), send(hospital.pas, adt("R1"))
    equal(again, first, "the second answer")
    equal(said(send(hospital.pas, adt("R1", patient="HOSP0002"))), "AA R1", "other bytes under the same id")
    eventually("two records", lambda: len(hospital.broker.topic("adt")) == 2)


@scenario("embedded bus: one patient's messages keep their order at the receiver")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        for number in range(200):
            equal(said(connection.send(adt(f"O{number}", trigger="A02"))), f"AA O{number}", "the answer")
    eventually("all are delivered", lambda: len(hospital.files("records")) == 200)
    records = hospital.broker.topic("adt")
    equal(len({record["partition"] for record in records}), 1, "partitions of one patient")
    equal([record["control_id"] for record in records], [f"O{number}" for number in range(200)], "the order on the topic")


@scenario("embedded bus: in enhanced mode the answer is a commit acknowledgment")
def _(system):
    hospital = Hospital(system).start()
    equal(said(send(hospital.pas, adt("E1", acks="AL|NE"))), "CA E1", "the answer")
    equal(said(send(hospital.pas, adt("E2", acks="|AL"))), "AA E2", "asked for the application's alone")


BATCH = "BHS|^~\\&|PAS|RXQ|TIELINE|RXQ|20261124093000||NIGHT||B7\r{}BTS|{}\r"


@scenario("batch: each message over MLLP is an entry of its own, and the answers come back as a batch")
def _(system):
    hospital = Hospital(system).start()
    messages = [adt(f"B{number}", trigger="A02") for number in range(200)]
    answer = send(hospital.pas, BATCH.format("".join(messages), 200))
    lines = answer.split("\r")
    check(lines[0].startswith("BHS|^~\\&|TIELINE|RXQ|PAS|RXQ|") and lines[0].endswith("|B7"), f"the header: {lines[0]!r}")
    equal([line for line in lines if line.startswith("MSA")], [f"MSA|AA|B{number}" for number in range(200)], "the answers, in order")
    check("BTS|200" in lines, "the trailer counts them")
    eventually("all are delivered", lambda: len(hospital.files("records")) == 200)
    equal([record["control_id"] for record in hospital.broker.topic("adt")], [f"B{number}" for number in range(200)], "the order on the topic")
    equal(send(hospital.pas, BATCH.format("".join(messages), 200)), answer, "the answer to the same batch again")
    equal(len(hospital.broker.topic("adt")), 200, "records after it")


@scenario("batch: a file of messages is done when all were taken, else refused with a reason for each")
def _(system):
    inbox = system.folder / "inbox"
    inbox.mkdir()
    hospital = Hospital(system)
    text = hospital.text().replace("routes:\n", f"  files: {{folder: {{path: {inbox}, poll: 50ms, settle: 50ms}}, adapter: hl7v2}}\nroutes:\n", 1)
    hospital.broker = system.broker(text, hospital.ops).ready()
    (inbox / "good.hl7").write_bytes((adt("F1") + adt("F2")).encode())
    (inbox / "mixed.hl7").write_bytes(BATCH.format(adt("F3") + adt("F4", processing="T"), 3).encode())
    eventually("the good one is done", lambda: (inbox / "done" / "good.hl7").exists())
    eventually("the other one is refused", lambda: (inbox / "refused" / "mixed.hl7").exists())
    reason = next((inbox / "refused").glob("*.reason.txt")).read_text()
    check("message 2" in reason and "message 1" not in reason, reason)
    eventually("three are published", lambda: len(hospital.broker.topic("adt")) == 3)
    check("there are 2 messages" in hospital.broker.output(), "the log says that the count does not fit")


@scenario("embedded bus: a message of 15 MiB gets through")
def _(system):
    hospital = Hospital(system).start()
    note = "NTE|1|L|" + "x" * (15 << 20)
    equal(said(send(hospital.lims, oru("BIG1") + note + "\r")), "AA BIG1", "the answer")
    eventually("the lab has it", lambda: [one for one in hospital.files("lab").values() if len(one) > 15 << 20], within=40)


@scenario("embedded bus: an answer after normalising says what is wrong with the content")
def _(system):
    hospital = Hospital(system, pas_extra=", ack: processed").start()
    equal(said(send(hospital.pas, adt("P1"))), "AA P1", "a right message")
    no_patient = "\r".join(line for line in adt("P2", version="2.5.1").split("\r") if not line.startswith("PID"))
    answer = send(hospital.pas, no_patient)
    equal(said(answer), "AE P2", "a message without PID")
    check("PID" in field(answer, "ERR", 2), f"ERR names the segment: {answer!r}")
    eventually("the good one is published", lambda: len(hospital.broker.topic("adt")) == 1)


@scenario("tls: a client with its authority's certificate gets in over TLS 1.3 and 1.2, another one does not")
def _(system):
    keys = make_authority(system.folder)
    hospital = Hospital(system)
    tls = f"{{certificate: {keys}/server.pem, key: {{file: {keys}/server.key}}, clients: {keys}/ca.pem}}"
    text = hospital.text().replace(f"port: {hospital.pas}}}", f"port: {hospital.pas}, tls: {tls}}}")
    hospital.broker = system.broker(text, hospital.ops).ready()
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = client_tls(keys / "ca.pem", keys / "client.pem", keys / "client.key")
        context.minimum_version = context.maximum_version = version
        with Mllp(hospital.pas, tls=context) as connection:
            equal(said(connection.send(adt(f"T{version}"))), f"AA T{version}", str(version))
    try:
        with Mllp(hospital.pas, tls=client_tls(keys / "ca.pem")) as stranger:
            equal(stranger.send(adt("T9")), "", "a client without a certificate")
    except (ssl.SSLError, ConnectionError):
        pass
    equal(hospital.broker.trace("T9"), [], "what the stranger sent")


@scenario("trace: a message's whole way with times, decisions and reasons")
def _(system):
    hospital = Hospital(system).start()
    send(hospital.pas, adt("W1"))
    trace = eventually("it is delivered", lambda: [one for one in hospital.broker.trace("W1") if [at["state"] for at in one["destinations"]] == ["Delivered"]])[0]
    text = hospital.broker.command("trace", "W1", expect=0).stdout
    for word in ("W1", "pas", "Published", "admissions", "direct-care", "tieline.adt", "records", "Delivered"):
        check(word in text, f"the trace names {word!r}:\n{text}")
    check("TESTPATIENT" not in text + json.dumps(trace), "no patient data in the trace")


@scenario("route: foretells where a message goes without sending it")
def _(system):
    hospital = Hospital(system).start()
    file = system.write("message.hl7", adt("Q1"))
    said_so = hospital.broker.command("route", file, "--listener", "pas", expect=0).stdout
    check("admissions" in said_so and "adt" in said_so and "records" in said_so, said_so)
    equal(hospital.broker.topic("adt"), [], "what was sent")


@scenario("send: files in, answers out, over MLLP and FHIR")
def _(system):
    hospital = Hospital(system).start()
    good, bad = system.write("good.hl7", adt("C1").replace("\r", "\n")), system.write("bad.hl7", adt(""))
    done = tieline("send", f"mllp://127.0.0.1:{hospital.pas}", good, expect=0)
    check("AA" in done.stdout, done.stdout)
    tieline("send", f"mllp://127.0.0.1:{hospital.pas}", bad, expect=1)
    referral = system.write("referral.json", fhir_message("C2"))
    tieline("send", f"http://127.0.0.1:{hospital.gp}/fhir", referral, expect=0)
    eventually("both are published", lambda: len(hospital.broker.topic("adt")) == 1 and len(hospital.broker.topic("gp")) == 1)


@scenario("privacy: no patient data in log, metrics, ops page or record headers")
def _(system):
    hospital = Hospital(system).start()
    send(hospital.pas, adt("V1"))
    send(hospital.pas, adt(""))
    process_message(hospital, fhir_message("V2"))
    eventually("all is delivered", lambda: len(hospital.files("records")) == 2)
    page = http("GET", f"http://127.0.0.1:{hospital.ops}/")[2]
    shown = hospital.broker.output() + page + json.dumps(hospital.broker.metrics()) + json.dumps(hospital.broker.topic("adt"))
    for secret in ("TESTPATIENT", "Testpatient", "9991106847", "9990388547", "HOSP0001", "ALDER"):
        check(secret not in shown, f"{secret} is shown")
    key = (system.folder / "data").stat().st_mode & 0o777
    equal(oct(key), "0o700", "the data folder's mode")


if __name__ == "__main__":
    sys.exit(run())
