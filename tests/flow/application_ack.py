#!/usr/bin/env python3
"""Enhanced mode with both acknowledgments: CA at once, and the application's AA or AE as a message of its own."""
import signal
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.certificates import make_authority  # noqa: E402
from support.hospital import FOLDERS, Hospital  # noqa: E402
from support.messages import END, START, Mllp, adt, client_tls, field, said  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports  # noqa: E402


def broken(control_id, acks="AL|AL"):
    """A message whose content is wrong: an admission without a patient."""
    return "\r".join(one for one in adt(control_id, version="2.5", acks=acks).split("\r") if not one.startswith("PID"))


class SilentReceiver:
    """Takes messages over MLLP and says nothing, as befits acknowledgments."""

    def __init__(self, port):
        self.frames, self._listening = [], socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self._listening.accept()
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        read = b""
        while more := connection.recv(65536):
            read += more
            while END in read:
                frame, read = read.split(END, 1)
                self.frames.append(frame.removeprefix(START).decode())


def to_destination(system, port):
    return Hospital(system, pas_extra=", application_ack: {to: acks}",
                    destinations=FOLDERS + f"\n  acks: {{mllp: {{host: 127.0.0.1, port: {port}}}, retry: {{first: 50ms, most: 200ms}}}}")


@scenario("application ack: follows the accept acknowledgment on the sender's connection, and asks for none itself")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        for number in range(20):
            equal(said(connection.send(adt(f"A{number}", acks="AL|AL"))), f"CA A{number}", "the accept acknowledgment")
            later = connection.answer()
            equal(said(later), f"AA A{number}", "the application acknowledgment")
            equal((field(later, "MSH", 15), field(later, "MSH", 16)), ("NE", "NE"), "what it asks for")
        connection.write(START + later.encode() + END)
        equal(said(connection.send(adt("AFTER"))), "AA AFTER", "an acknowledgment that is sent back is not acknowledged")
    equal(hospital.broker.metrics()['tieline_listener_application_acks_total{listener="pas"}'], 20, "acknowledgments on connections")


@scenario("application ack: says AE with what is wrong, and MSH-16 decides whether anything is said")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        equal(said(connection.send(broken("B1"))), "CA B1", "the accept acknowledgment")
        later = connection.answer()
        equal(said(later), "AE B1", "the application acknowledgment")
        check(field(later, "ERR", 3) and field(later, "ERR", 8), f"it says why: {later!r}")
        for acks, message, expected in (("AL|ER", adt, None), ("AL|ER", broken, "AE"), ("AL|SU", adt, "AA"), ("AL|SU", broken, None),
                                        ("AL|NE", adt, None), ("AL|", broken, None), ("ER|AL", adt, "AA")):
            control_id = f"{acks}-{message.__name__}".replace("|", "-")
            equal(said(connection.send(message(control_id, acks=acks))), f"CA {control_id}", acks)
            if expected:
                equal(said(connection.answer()), f"{expected} {control_id}", acks)
        equal(said(connection.send(adt("LAST"))), "AA LAST", "nothing else was said")


@scenario("application ack: over TLS, with messages that come without waiting for any answer")
def _(system):
    keys = make_authority(system.folder)
    hospital = Hospital(system)
    tls = f"{{certificate: {keys}/server.pem, key: {{file: {keys}/server.key}}}}"
    text = hospital.text().replace(f"port: {hospital.pas}}}", f"port: {hospital.pas}, tls: {tls}}}")
    hospital.broker = system.broker(text, hospital.ops).ready()
    with Mllp(hospital.pas, tls=client_tls(keys / "ca.pem")) as connection:
        for number in range(100):
            connection.write(START + adt(f"T{number}", acks="AL|AL").encode() + END)
        answers = [said(connection.answer()) for _ in range(200)]
    for code in ("CA", "AA"):
        equal([one for one in answers if one.startswith(code)], [f"{code} T{number}" for number in range(100)], f"every {code}, in order")
    for number in range(100):
        check(answers.index(f"CA T{number}") < answers.index(f"AA T{number}"), "CA comes first")


@scenario("application ack: when the connection is gone it is dropped, and comes again with the message")
def _(system):
    hospital = Hospital(system).start()
    message = adt("G1", acks="AL|AL")
    for _ in range(2):
        with Mllp(hospital.pas) as connection:
            equal(said(connection.send(message)), "CA G1", "the accept acknowledgment")
            first = connection.answer()
            equal(said(first), "AA G1", "the application acknowledgment")
    hospital.broker.stop()
    hospital.start()
    with Mllp(hospital.pas) as connection:
        equal(said(connection.send(message)), "CA G1", "a repeat, after a restart")
        equal(connection.answer(), first, "the same application acknowledgment, byte for byte")
    equal(len(hospital.broker.topic("adt")), 1, "records")


@scenario("application ack: to a destination it is durable: it waits for its receiver through kill -9, and comes once")
def _(system):
    port, = free_ports(1)
    hospital = to_destination(system, port).start()
    with Mllp(hospital.pas) as connection:
        equal(said(connection.send(adt("D1", acks="AL|AL"))), "CA D1", "the accept acknowledgment")
        equal(said(connection.send(broken("D2"))), "CA D2", "of one that is wrong")
    eventually("both wait", lambda: hospital.broker.destination("acks")["backlog"] == 2)
    hospital.broker.stop(signal.SIGKILL)
    receiver = SilentReceiver(port)
    hospital.start()
    eventually("both have come", lambda: len(receiver.frames) >= 2)
    eventually("none waits", lambda: hospital.broker.destination("acks")["backlog"] == 0)
    equal([said(one) for one in receiver.frames], ["AA D1", "AE D2"], "what came, in order")
    eventually("the trace says that it is delivered", lambda: any(
        one["name"] == "acks" and one["state"] == "Delivered" for one in hospital.broker.trace("D1")[0]["destinations"]))


if __name__ == "__main__":
    sys.exit(run())
