#!/usr/bin/env python3
"""What operations staff rely on: stops and restarts, receivers that fail, holds, pauses, new configurations, the ops port."""
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import FOLDERS, Hospital  # noqa: E402
from support.messages import Mllp, adt, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http, tieline  # noqa: E402


def lab_over_mllp(port, retry="{first: 100ms, most: 500ms}"):
    return f"""  records: {{folder: {{path: records}}}}
  lab: {{mllp: {{host: 127.0.0.1, port: {port}}}, retry: {retry}, timeout: 2s}}"""


@scenario("stop: SIGTERM drains what was acknowledged and ends with 0")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        for number in range(300):
            equal(said(connection.send(adt(f"S{number}"))), f"AA S{number}", "the answer")
    equal(hospital.broker.stop(signal.SIGTERM), 0, "the exit code")
    equal(len(hospital.broker.topic("adt")), 300, "records on the topic after the stop")
    hospital.start()
    eventually("all are delivered", lambda: len(hospital.files("records")) == 300)


@scenario("restart: what waits for a receiver that is down is delivered after it, in order, and nothing twice")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    for number in range(20):
        send(hospital.lims, oru(f"R{number}"))
    eventually("all wait", lambda: hospital.broker.destination("lab")["backlog"] == 20)
    hospital.broker.stop(signal.SIGKILL)
    lab = system.receiver(f"mllp://127.0.0.1:{port}")
    hospital.start()
    lab.says("R19")
    eventually("none waits", lambda: hospital.broker.destination("lab")["backlog"] == 0)
    places = [lab.output().index(f"R{number}") for number in range(10, 20)]
    equal(places, sorted(places), "the order")
    equal(lab.output().count("R15"), 1, "deliveries of one message")


@scenario("delivery: a receiver that is down delays no other")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    send(hospital.lims, oru("D1"))
    send(hospital.pas, adt("D2"))
    eventually("the other is served", lambda: len(hospital.files("records")) == 1)
    row = eventually("it is retried", lambda: hospital.broker.destination("lab")["tries"] > 1 and hospital.broker.destination("lab"))
    check(row["last_error"], f"status says why: {row}")


@scenario("pause: survives a restart, shows as paused, and resume delivers at once")
def _(system):
    hospital = Hospital(system).start()
    hospital.broker.command("pause", "lab", "--reason", "analyser is being moved", expect=0)
    send(hospital.lims, oru("P1"))
    eventually("it waits", lambda: hospital.broker.destination("lab")["backlog"] == 1)
    hospital.broker.stop()
    hospital.start()
    check("paused" in hospital.broker.destination("lab")["state"], hospital.broker.destination("lab")["state"])
    equal(hospital.files("lab"), {}, "what the lab got while paused")
    hospital.broker.command("resume", "lab", "--reason", "analyser is back", expect=0)
    eventually("the lab has it", lambda: len(hospital.files("lab")) == 1, within=5)


@scenario("held: a refused message is held with its reason, shown, and released on a person's word")
def _(system):
    port, = free_ports(1)
    lab = system.receiver(f"mllp://127.0.0.1:{port}", "--refuse", "AE:204")
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    send(hospital.lims, oru("H1"))
    one, = eventually("it is held", lambda: hospital.broker.held())
    equal(one["destination"], "lab", "where it is held")
    check("TESTPATIENT" not in hospital.broker.command("held", "show", one["id"]).stdout, "show holds no content")
    lab.stop()
    system.receiver(f"mllp://127.0.0.1:{port}")
    equal(hospital.broker.command("held", "release", one["id"], "--reason", "lab mended").returncode, 0, "a count comes first")
    equal(len(hospital.broker.held()), 1, "held without --yes")
    hospital.broker.command("held", "release", one["id"], "--reason", "lab mended", "--yes", expect=0)
    eventually("none is held", lambda: not hospital.broker.held())
    trace = eventually("it is delivered", lambda: "Delivered" in json.dumps(hospital.broker.trace("H1")) and json.dumps(hospital.broker.trace("H1")))
    check("lab mended" in trace, "the reason stands in the trace")


@scenario("held: one in the way is skipped and the trace says who did it")
def _(system):
    port, = free_ports(1)
    system.receiver(f"mllp://127.0.0.1:{port}", "--refuse", "AE:204")
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    send(hospital.lims, oru("K1"))
    one, = eventually("it is held", lambda: hospital.broker.held())
    hospital.broker.command("held", "skip", one["id"], "--reason", "sent by phone", "--yes", expect=0)
    eventually("it is skipped", lambda: "Skipped" in json.dumps(hospital.broker.trace("K1")))
    check("uid " in json.dumps(hospital.broker.trace("K1")), "the trace says who")


@scenario("held: five in a row pause the destination, and the five wait again")
def _(system):
    port, = free_ports(1)
    system.receiver(f"mllp://127.0.0.1:{port}", "--refuse", "AE:204")
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    for number in range(8):
        send(hospital.lims, oru(f"F{number}", patient=f"HOSP{number:04}"))
    eventually("it paused itself", lambda: "paused itself" in hospital.broker.destination("lab")["state"], within=60)
    eventually("all wait", lambda: hospital.broker.destination("lab")["backlog"] == 8)
    equal(hospital.broker.held(), [], "held messages")


@scenario("reload: SIGHUP takes a new route without dropping a connection")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        equal(said(connection.send(adt("L1", trigger="A08"))), "AA L1", "before")
        new = "  - {name: updates, when: {trigger: A08}, topic: updates, publish: fhir, to: [records]}\n"
        system.write("tieline.yaml", hospital.text(routes=new))
        hospital.broker.process.send_signal(signal.SIGHUP)
        hospital.broker.says("app.reloaded")
        equal(said(connection.send(adt("L2", trigger="A08"))), "AA L2", "after, over the same connection")
    eventually("the new route takes it", lambda: len(hospital.broker.topic("updates")) == 1)
    equal(len(hospital.files("records")), 1, "what the old configuration had filtered")


@scenario("bad input: a configuration that is wrong at SIGHUP changes nothing and says why")
def _(system):
    hospital = Hospital(system).start()
    system.write("tieline.yaml", hospital.text(routes="  - {name: broken, when: {typo: A08}, topic: x, to: [nobody]}\n"))
    hospital.broker.process.send_signal(signal.SIGHUP)
    hospital.broker.says("typo")
    hospital.broker.says("nobody")
    equal(said(send(hospital.pas, adt("B1"))), "AA B1", "it goes on")
    eventually("by the old routes", lambda: len(hospital.files("records")) == 1)


@scenario("start: ready within half a second, with the ports that the configuration says")
def _(system):
    hospital = Hospital(system).start()
    hospital.broker.says("app.ready")
    ready, = [one for one in map(json.loads, hospital.broker.output().splitlines()) if one["event"] == "app.ready"]
    check(ready["ms"] < 500, f"ready after {ready['ms']} ms")


@scenario("bad input: a second Tieline on the same data folder ends at once and says so")
def _(system):
    hospital = Hospital(system).start()
    other = Hospital(system)
    second = tieline("run", system.write("second.yaml", other.text()), timeout=20)
    check(second.returncode in (2, 3), f"exit {second.returncode}")
    check("data folder" in second.stderr + second.stdout, second.stderr)
    equal(said(send(hospital.pas, adt("Z1"))), "AA Z1", "the first goes on")


@scenario("ops port: health, readiness, metrics and a page, on loopback")
def _(system):
    hospital = Hospital(system).start()
    base = f"http://127.0.0.1:{hospital.ops}"
    for path in ("/healthz", "/readyz"):
        equal(http("GET", base + path)[0], 200, path)
    send(hospital.pas, adt("M1"))
    eventually("delivered", lambda: len(hospital.files("records")) == 1)
    text = http("GET", base + "/metrics")[2]
    for word in ('listener="pas"', 'destination="records"', "# HELP", "# TYPE"):
        check(word in text, f"the metrics hold {word}")
    status, headers, page = http("GET", base + "/")
    check(status == 200 and "text/html" in headers["Content-Type"] and "<html" in page.lower(), "a page")
    equal(http("GET", base + "/nothing")[0], 404, "an unknown page")


@scenario("status: reads the store when nothing runs")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system, destinations=lab_over_mllp(port)).start()
    send(hospital.lims, oru("T1"))
    eventually("it waits", lambda: hospital.broker.destination("lab")["backlog"] == 1)
    hospital.broker.stop()
    check("lab" in hospital.broker.command("status", expect=0).stdout, "status without a broker")
    check("T1" in hospital.broker.command("trace", "T1", expect=0).stdout, "trace without a broker")


if __name__ == "__main__":
    sys.exit(run())
