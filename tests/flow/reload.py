#!/usr/bin/env python3
"""A new configuration while messages flow: listeners and destinations come, go and change, and nobody else notices."""
import json
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import FOLDERS, Hospital  # noqa: E402
from support.messages import Mllp, adt, client_tls, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.certificates import make_authority  # noqa: E402
from support.system import free_ports  # noqa: E402

THIRD = "  third: {{mllp: {{port: {port}}}, adapter: hl7v2{more}}}\n"


def reload(hospital, text, refused=False):
    """Puts the text in force, or has it refused; gives what the log said of it."""
    said_before = len(hospital.broker.output())
    hospital.system.write("tieline.yaml", text)
    hospital.broker.process.send_signal(signal.SIGHUP)
    word = "app.reload_changed_nothing" if refused else "app.reloaded"
    eventually(f"the log says {word}", lambda: f'"{word}"' in hospital.broker.output()[said_before:])
    return hospital.broker.output()[said_before:]


def with_listener(hospital, line, **changes):
    return hospital.text(**changes).replace("listeners:\n", "listeners:\n" + line)


def names(hospital, what):
    return [one["name"] for one in hospital.broker.status()[what]]


def closed(connection):
    return connection.answer() == ""


@scenario("reload: a new listener takes messages, and the connections of the others stay")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as known:
        equal(said(known.send(adt("N1"))), "AA N1", "before")
        reload(hospital, with_listener(hospital, THIRD.format(port=port, more="")))
        equal(said(send(port, adt("N2"))), "AA N2", "the new listener")
        equal(said(known.send(adt("N3"))), "AA N3", "the old connection")
    eventually("all are delivered", lambda: len(hospital.files("records")) == 3)


@scenario("reload: a removed listener answers what it has, its port is closed, and its messages go their way")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system)
    hospital.broker = system.broker(with_listener(hospital, THIRD.format(port=port, more="")), hospital.ops).ready()
    with Mllp(hospital.pas) as known, Mllp(port) as leaving:
        equal(said(leaving.send(adt("G1"))), "AA G1", "before")
        reload(hospital, hospital.text())
        check(closed(leaving), "the removed listener's connection is closed")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            check(False, "the removed listener's port is open")
        except ConnectionRefusedError:
            pass
        equal(said(known.send(adt("G2"))), "AA G2", "the others go on")
    check("third" not in names(hospital, "listeners"), "status shows it no more")
    eventually("both are delivered", lambda: len(hospital.files("records")) == 2)


@scenario("reload: messages that a removed listener has stored are published, not filtered")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system)
    hospital.broker = system.broker(with_listener(hospital, THIRD.format(port=port, more="")), hospital.ops).ready()
    with Mllp(port) as leaving:
        for number in range(200):
            leaving.write(b"\x0b" + adt(f"P{number}").encode() + b"\x1c\r")
        equal(said(leaving.answer()), "AA P0", "the first answer")
        reload(hospital, hospital.text())
        answered = 1
        while leaving.answer():
            answered += 1
    eventually("each that was answered is published", lambda: len(hospital.broker.topic("adt")) == answered)


@scenario("reload: a listener moves to another port, gets TLS, and changes names, each without the others noticing")
def _(system):
    keys = make_authority(system.folder)
    port, other = free_ports(2)
    hospital = Hospital(system)
    hospital.broker = system.broker(with_listener(hospital, THIRD.format(port=port, more="")), hospital.ops).ready()
    with Mllp(hospital.pas) as known:
        reload(hospital, with_listener(hospital, THIRD.format(port=other, more="")))
        equal(said(send(other, adt("M1"))), "AA M1", "the new port")
        tls = f"  third: {{mllp: {{port: {other}, tls: {{certificate: {keys}/server.pem, key: {{file: {keys}/server.key}}}}}}, adapter: hl7v2}}\n"
        reload(hospital, with_listener(hospital, tls))
        with Mllp(other, tls=client_tls(keys / "ca.pem")) as secure:
            equal(said(secure.send(adt("M2"))), "AA M2", "over TLS on the same port")
            reload(hospital, with_listener(hospital, tls))
            equal(said(secure.send(adt("M3"))), "AA M3", "over the same TLS session")
        reload(hospital, with_listener(hospital, tls.replace("third", "fourth")))
        with Mllp(other, tls=client_tls(keys / "ca.pem")) as secure:
            equal(said(secure.send(adt("M4"))), "AA M4", "under another name")
        equal(said(known.send(adt("M5"))), "AA M5", "the untouched one, over its first connection")
    eventually("status shows the new name alone", lambda: names(hospital, "listeners") == ["fourth", "gp", "lims", "pas"])


@scenario("reload: senders of a listener that is swapped are never refused a connection")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system)
    hospital.broker = system.broker(with_listener(hospital, THIRD.format(port=port, more="")), hospital.ops).ready()
    for number in range(6):
        more = f", max_frame: {number + 1}MiB"
        text = hospital.text().replace("listeners:\n", f"listeners:\n  third: {{mllp: {{port: {port}{more}}}, adapter: hl7v2}}\n")
        system.write("tieline.yaml", text)
        hospital.broker.process.send_signal(signal.SIGHUP)
        for _ in range(40):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            time.sleep(0.005)


@scenario("bad input: a reload that needs a restart, or a port that is taken, changes nothing and says why")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as known, socket.create_server(("127.0.0.1", port)):
        for line, words in (("data: other", "data: can't change"), ("node: other", "node: can't change"),
                            ("bus: {kind: embedded, partitions: 5}", "bus: can't change")):
            key = line.split(":")[0]
            text = "\n".join(line if one.startswith(key + ":") else one for one in hospital.text().split("\n"))
            number = next(at for at, one in enumerate(text.split("\n"), 1) if one == line)
            log = reload(hospital, text, refused=True)
            check(words in log and f"tieline.yaml:{number}" in log, log)
        third = THIRD.format(port=port, more="")
        log = reload(hospital, with_listener(hospital, third, destinations=FOLDERS + "\n  new: {discard: {}}"), refused=True)
        check("third can't be opened" in log and "in use" in log, log)
        check("third" not in names(hospital, "listeners") and "new" not in names(hospital, "destinations"), "nothing has changed")
        check("third" in hospital.broker.command("status").stdout, "status says that the file is not in force")
        equal(said(known.send(adt("R1"))), "AA R1", "it goes on over the same connection")
        reload(hospital, hospital.text())
    check("refused" not in hospital.broker.command("status").stdout.split("LISTENER")[0], "a right file makes up for it")
    equal(hospital.broker.metrics()['tieline_reloads_total{result="refused"}'], 4, "refused reloads")


@scenario("reload: an unchanged destination keeps its connection, and messages of a removed one wait and are shown")
def _(system):
    port, = free_ports(1)
    hospital = Hospital(system, to_v2="[lab, ward]", destinations=f"""  records: {{folder: {{path: records}}}}
  lab: {{folder: {{path: lab}}}}
  ward: {{mllp: {{host: 127.0.0.1, port: {port}}}, retry: {{first: 1h, most: 2h}}}}""")
    hospital.start()
    send(hospital.lims, oru("W1"))
    eventually("it waits for the ward", lambda: hospital.broker.destination("ward")["state"] == "retrying")
    without = hospital.text(to_v2="[lab]", destinations=FOLDERS)
    reload(hospital, without)
    row = eventually("status shows that the ward is gone", lambda: hospital.broker.destination("ward"))
    check("not in the configuration" in row["state"] and row["backlog"] == 1, row)
    hospital.broker.stop()
    hospital.broker = system.broker(without, hospital.ops).ready()
    eventually("after a restart too", lambda: hospital.broker.destination("ward")["backlog"] == 1)
    ward = system.receiver(f"mllp://127.0.0.1:{port}")
    reload(hospital, hospital.text())
    ward.says("W1")
    eventually("nothing waits", lambda: hospital.broker.destination("ward")["backlog"] == 0)


@scenario("reload: a destination that is paused stays paused, whether it has changed or not, until it is resumed")
def _(system):
    hospital = Hospital(system).start()
    hospital.broker.command("pause", "lab", "--reason", "analyser is being moved", expect=0)
    send(hospital.lims, oru("Q1"))
    eventually("it waits", lambda: hospital.broker.destination("lab")["backlog"] == 1)
    reload(hospital, hospital.text())
    reload(hospital, hospital.text(destinations=FOLDERS.replace("{path: lab}", "{path: lab}, timeout: 9s")))
    check("paused" in hospital.broker.destination("lab")["state"], hospital.broker.destination("lab"))
    equal(hospital.files("lab"), {}, "what the lab got while paused")
    hospital.broker.command("resume", "lab", "--reason", "analyser is back", expect=0)
    eventually("the lab has it", lambda: len(hospital.files("lab")) == 1)
    eventually("the trace says so", lambda: "Delivered" in json.dumps(hospital.broker.trace("Q1")))


if __name__ == "__main__":
    sys.exit(run())
