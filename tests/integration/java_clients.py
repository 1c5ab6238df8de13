#!/usr/bin/env python3
"""What we did not write must be able to talk to us: HAPI HL7v2 and HAPI FHIR, as clients and as receivers."""
import json
import subprocess
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.certificates import make_authority  # noqa: E402
from support.hospital import Hospital  # noqa: E402
from support.messages import adt, fhir_message, oru, said, send  # noqa: E402
from support.scenarios import BUILD, ROOT, check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http  # noqa: E402

HERE = ROOT / "tests" / "integration"
CLASSES = BUILD / "java"
JSON = {"Content-Type": "application/fhir+json"}


def compile_programs():
    """Compiles the Java programs once a run and gives the class path."""
    jars = subprocess.run([ROOT / "tests/jars.sh", HERE / "pom.xml", "clients"], check=True, capture_output=True, text=True).stdout.strip()
    path = f"{CLASSES}:{jars}/*"
    subprocess.run(["javac", "-cp", path, "-d", CLASSES, *sorted((HERE / "java").glob("*.java"))], check=True)
    return path


def java(program, *words, keys=None):
    """The command line of one of the programs; `keys` is a folder of support/certificates.py."""
    options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
    if keys:
        for what, file in (("keyStore", "server" if program.endswith("Server") else "client"), ("trustStore", "trust")):
            options += [f"-Djavax.net.ssl.{what}={keys}/{file}.p12", f"-Djavax.net.ssl.{what}Password=changeit"]
    return ["java", *options, "-cp", CLASS_PATH, program, *map(str, words)]


def run_java(program, *words, **options):
    """Runs one to its end; it must end well. Gives its lines."""
    done = subprocess.run(java(program, *words, **options), capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"{program}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout.splitlines()


def make_keys(folder):
    keys = make_authority(folder)
    subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", keys / "ca.pem", "-keystore", keys / "trust.p12",
                    "-storetype", "PKCS12", "-storepass", "changeit"], check=True, capture_output=True)
    return keys


@scenario("hapi hl7v2: its client sends over MLLP and reads each answer as its own")
def _(system):
    hospital = Hospital(system).start()
    files = [system.write(f"{number}.hl7", message) for number, message in enumerate((adt("J1"), adt("J2", acks="AL|NE"), adt("J3", processing="T", version="2.5")))]
    equal(run_java("Hl7Client", hospital.pas, "plain", *files), ["J1 AA J1 null", "J2 CA J2 null", "J3 AR J3 202"], "the answers")


@scenario("hapi hl7v2: reads the accept and the application acknowledgment of enhanced mode, each parsed into its own type")
def _(system):
    hospital = Hospital(system).start()
    files = [system.write(f"{number}.hl7", message) for number, message in enumerate((adt("E1", acks="AL|AL", version="2.5"), adt("E2", acks="AL|SU")))]
    equal(run_java("Hl7Enhanced", hospital.pas, *files), ["E1 CA E1 ACK AA E1 ACK", "E2 CA E2 ACK AA E2 ACK"], "both acknowledgments")


@scenario("hapi hl7v2: its client sends over TLS with a certificate")
def _(system):
    keys = make_keys(system.folder)
    hospital = Hospital(system)
    tls = f"{{certificate: {keys}/server.pem, key: {{file: {keys}/server.key}}, clients: {keys}/ca.pem}}"
    text = hospital.text().replace(f"port: {hospital.pas}}}", f"port: {hospital.pas}, tls: {tls}}}")
    hospital.broker = system.broker(text, hospital.ops).ready()
    equal(run_java("Hl7Client", hospital.pas, "tls", system.write("a.hl7", adt("S1")), keys=keys), ["S1 AA S1 null"], "the answer")


@scenario("hapi hl7v2: its server receives over MLLP and over TLS, parsed into its own types")
def _(system):
    keys = make_keys(system.folder)
    plain, secure = free_ports(2)
    servers = [system.program(java("Hl7Server", plain, "plain", 1), "plain.log"), system.program(java("Hl7Server", secure, "tls", 1, keys=keys), "tls.log")]
    for one in servers:
        one.says("ready", within=60)
    destinations = f"""  plain: {{mllp: {{host: 127.0.0.1, port: {plain}}}, set: {{MSH-5: LAB}}}}
  secure: {{mllp: {{host: 127.0.0.1, port: {secure}, tls: {{trust: {keys}/ca.pem, name: localhost}}}}}}"""
    hospital = Hospital(system, to_fhir="[]", to_v2="[plain, secure]", destinations=destinations).start()
    send(hospital.lims, oru("H1"))
    servers[0].says("H1 ORU R01 LAB ORU_R01")
    servers[1].says("H1 ORU R01 TIELINE ORU_R01")
    eventually("both are delivered", lambda: json.dumps(hospital.broker.trace("H1")).count('"Delivered"') >= 2)


@scenario("hapi fhir: its client creates, updates, runs a transaction and $process-message, and reads the answers as its own types")
def _(system):
    hospital = Hospital(system).start()
    for line in run_java("FhirClient", f"http://127.0.0.1:{hospital.gp}/fhir"):
        print("    " + line)
    eventually("all four are delivered", lambda: len(hospital.files("records")) == 4)


TRANSACTION = json.dumps({"resourceType": "Bundle", "type": "transaction", "identifier": {"system": "urn:example:bundle", "value": "R3"}, "entry": [
    {"fullUrl": "urn:uuid:0b0a6bba-8f4a-4f10-9f2e-000000000003", "resource": {"resourceType": "Patient", "name": [{"family": "Testpatient"}]},
     "request": {"method": "POST", "url": "Patient"}}]})


@scenario("hapi fhir: its RestfulServer receives message Bundles, and other Bundles as they are")
def _(system):
    port, other = free_ports(2)
    server = system.program(java("FhirServer", port), "fhir.log", stdin=subprocess.PIPE)
    server.says("ready", within=60)
    url = f"http://127.0.0.1:{port}/fhir"
    destinations = f"""  messages: {{fhir: {{url: "{url}", send: process-message}}}}
  bundles: {{fhir: {{url: "{url}", send: bundle}}}}"""
    route = "  - {name: bundles, when: {source: registry}, topic: bundles, publish: fhir, to: [bundles]}\n"
    hospital = Hospital(system, to_fhir="[messages]", to_v2="[]", destinations=destinations, routes=route)
    text = hospital.text().replace("listeners:\n", f"listeners:\n  registry: {{http: {{port: {other}}}, adapter: fhir}}\n")
    hospital.broker = system.broker(text, hospital.ops).ready()
    send(hospital.pas, adt("R1"))
    server.says("process-message message R1")
    http("POST", f"http://127.0.0.1:{hospital.gp}/fhir/$process-message", fhir_message("R2"), JSON)
    server.says("process-message message R2")
    http("POST", f"http://127.0.0.1:{other}/fhir", TRANSACTION, JSON)
    server.says("transaction transaction R3 1")
    eventually("all are delivered", lambda: all("Delivered" in json.dumps(hospital.broker.trace(one)) for one in ("R1", "R2", "R3")))


def records(url, kind, **search):
    """The resources of a type that a server has."""
    status, _, body = http("GET", f"{url}/{kind}?{urllib.parse.urlencode({**search, '_count': 200})}")
    equal(status, 200, f"the status of a search for {kind}")
    return [entry["resource"] for entry in json.loads(body).get("entry", [])]


def journey(hospital, as_id="DEMO", corrected=("", "")):
    """Sends the demo's patient from admission to discharge, under control ids of its own, and waits until all is delivered."""
    for file, port in (("1-admit", hospital.pas), ("2-transfer", hospital.pas), ("3-results", hospital.lims), ("4-discharge", hospital.pas)):
        text = (ROOT / f"config/demo/{file}.hl7").read_text().replace("|DEMO", f"|{as_id}").replace(*corrected)
        check("|AA|" in (answer := send(port, text)) or "|CA|" in answer, f"{file} is accepted")
    for number in "1234":
        eventually("it is delivered", lambda: "Delivered" in json.dumps(hospital.broker.trace(f"{as_id}000{number}")))


def keep_journey(system, send_as):
    """One patient, one encounter and its observations are read back; sent twice nothing doubles, and what changed is updated."""
    port, = free_ports(1)
    system.program(java("RecordServer", port), "fhir.log", stdin=subprocess.PIPE).says("ready", within=60)
    url = f"http://127.0.0.1:{port}/fhir"
    route = "".join(f"  - {{name: {name}, when: {{{when}}}, topic: records, publish: fhir, to: [records]}}\n"
                    for name, when in (("reports", "type: ORU"), ("merges", "trigger: A40")))
    hospital = Hospital(system, to_fhir="[records]", to_v2="[]", routes=route, destinations=f'  records: {{fhir: {{url: "{url}", send: {send_as}}}}}').start()
    kinds = ("Patient", "Encounter", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "AllergyIntolerance", "Condition", "RelatedPerson",
             "Practitioner", "Organization", "Location")

    journey(hospital)
    once = {kind: records(url, kind) for kind in kinds}
    equal([len(once[kind]) for kind in ("Patient", "Encounter", "DiagnosticReport", "Observation", "Condition")], [1, 1, 1, 3, 1], "what the server has")
    patient, stay = once["Patient"][0], once["Encounter"][0]
    equal(stay["status"], "finished", "the encounter after the discharge")
    equal(stay["subject"]["reference"], f"Patient/{patient['id']}", "whose encounter it is")
    equal({one["subject"]["reference"] for one in once["Observation"]}, {f"Patient/{patient['id']}"}, "whose results they are")

    journey(hospital, "SAME", corrected=("6690-2^White cell count^LN||14.2", "6690-2^White cell count^LN||12.4"))
    twice = {kind: records(url, kind) for kind in kinds}
    equal({kind: sorted(one["id"] for one in twice[kind]) for kind in kinds}, {kind: sorted(one["id"] for one in once[kind]) for kind in kinds}, "the ids")
    check(12.4 in [one["valueQuantity"]["value"] for one in twice["Observation"]], "the corrected result is updated")

    send(hospital.pas, (ROOT / "config/demo/5-merge.hl7").read_text())
    eventually("the merge is delivered", lambda: "Delivered" in json.dumps(hospital.broker.trace("DEMO0005")))
    old, = records(url, "Patient", identifier="HOSP77310")
    equal(old["link"][0]["other"]["reference"], f"Patient/{patient['id']}", "who took the retired patient's place")
    return hospital, url


@scenario("hapi fhir: its RestfulServer keeps a patient's journey sent as transactions; sent twice, nothing doubles, and what changed is updated")
def _(system):
    keep_journey(system, "transaction")


@scenario("hapi fhir: a conditional transaction finds who is there by identifier, and a result leaves the patient as the admission said")
def _(system):
    hospital, url = keep_journey(system, "conditional-transaction")
    before, = records(url, "Patient", identifier="HOSP10042")
    send(hospital.lims, (ROOT / "config/demo/3-results.hl7").read_text().replace("|DEMO", "|LAST").replace("TESTPATIENT^ALDER", "TESTPATIENT^OTHER"))
    eventually("it is delivered", lambda: "Delivered" in json.dumps(hospital.broker.trace("LAST0003")))
    equal(records(url, "Patient", identifier="HOSP10042"), [before], "the patient after a result")


if __name__ == "__main__":
    CLASS_PATH = compile_programs()
    sys.exit(run())
