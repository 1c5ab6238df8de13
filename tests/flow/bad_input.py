#!/usr/bin/env python3
"""Bad input from outside against the whole program: on its ports, in its configuration. The rooms' unit tests have more of it."""
import json
import re
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.hospital import Hospital  # noqa: E402
from support.messages import END, START, Mllp, adt, fhir_message, field, oru, said, send  # noqa: E402
from support.scenarios import check, equal, eventually, run, scenario  # noqa: E402
from support.system import free_ports, http, tieline  # noqa: E402

JSON = {"Content-Type": "application/fhir+json"}


def refused_events(hospital):
    """The log's lines that name a refused connection."""
    return [line for line in hospital.broker.output().splitlines() if "mllp" in line and re.search(r"tls|http|bytes outside", line, re.I)]


def raw(port, data, within=10):
    """Sends bytes and gives all that comes back until the connection is closed."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=within) as connection:
        try:
            connection.sendall(data)
            while more := connection.recv(65536):
                got += more
        except (ConnectionResetError, BrokenPipeError):
            pass
    return got


def still_serves(hospital, control_id):
    equal(said(send(hospital.pas, adt(control_id))), f"AA {control_id}", "the next sender's answer")


def resident(hospital):
    """MiB."""
    text = open(f"/proc/{hospital.broker.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


@scenario("bad input: garbage, TLS and HTTP on the MLLP port are named once and closed, HTTP with a 400")
def _(system):
    hospital = Hospital(system).start()
    hello = bytes.fromhex("16030100c8010000c40303") + b"\x11" * 200
    equal(raw(hospital.pas, hello), b"", "the answer to TLS")
    check(raw(hospital.pas, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 400"), "the answer to HTTP")
    raw(hospital.pas, b"\xff\x00garbage" * 8192)
    eventually("the log says what each was", lambda: len(refused_events(hospital)) >= 2)
    still_serves(hospital, "G1")


@scenario("bad input: bytes outside a frame are skipped, a broken frame is not taken, what follows is")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        connection.write(b"noise\r\n")
        equal(said(connection.send(adt("N1"))), "AA N1", "after noise")
        connection.write(START + adt("N2").encode()[:60])
        answer = connection.send(adt("N3"))
        answers = [said(answer)] if "N3" in answer else [said(answer), said(connection.answer())]
        equal(answers[-1], "AA N3", "after a frame that a new one broke off")
        connection.write(START + adt("N4").encode() + b"\x1c" + START + adt("N5").encode() + END)
        equal([said(connection.answer()), said(connection.answer())], ["AA N4", "AA N5"], "without the last CR")


@scenario("bad input: a message of one byte at a time and two in one packet are both answered")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.pas) as connection:
        for byte in START + adt("B1").encode() + END:
            connection.write(bytes([byte]))
        equal(said(connection.answer()), "AA B1", "byte by byte")
        connection.write(START + adt("B2").encode() + END + START + adt("B3").encode() + END)
        equal([said(connection.answer()), said(connection.answer())], ["AA B2", "AA B3"], "two at once, in order")


@scenario("bad input: a frame over the limit is answered AR and the connection closed")
def _(system):
    hospital = Hospital(system).start()
    with Mllp(hospital.lims) as connection:
        try:
            connection.write(START + oru("L1").encode() + b"x" * (17 << 20))
        except (ConnectionResetError, BrokenPipeError):
            pass
        answer = connection.answer()
        check(said(answer) in ("AR L1", ""), f"the answer: {answer!r}")
        equal(connection.answer(), "", "then")
    still_serves(hospital, "L2")


@scenario("bad input: no MSH, an empty control id and a foreign processing id are answered AR and not published")
def _(system):
    hospital = Hospital(system).start()
    equal(field(send(hospital.pas, "PID|1||X"), "MSA", 1), "AR", "no MSH")
    answer = send(hospital.pas, adt("", version="2.5.1"))
    equal((field(answer, "MSA", 1), field(answer, "ERR", 3)[:3]), ("AR", "101"), "an empty MSH-10")
    answer = send(hospital.pas, adt("T1", processing="T", version="2.5.1"))
    equal((said(answer), field(answer, "ERR", 3)[:3]), ("AR T1", "202"), "a test message")
    still_serves(hospital, "T2")
    eventually("one record", lambda: len(hospital.broker.topic("adt")) == 1)


@scenario("bad input: LF and CRLF line ends, a BOM and other separators are read")
def _(system):
    hospital = Hospital(system).start()
    for number, message in enumerate((adt("E0").replace("\r", "\n"), adt("E1").replace("\r", "\r\n"), "\ufeff" + adt("E2"),
                                      adt("E3").replace("|", "!").replace("^", "*"))):
        answer = send(hospital.pas, message)
        check(f"E{number}" in answer and "AA" in answer, f"E{number}: {answer!r}")
    eventually("all are published", lambda: len(hospital.broker.topic("adt")) == 4)


@scenario("bad input: 2,000 connections that trickle leave room for a sender, and memory stays bounded")
def _(system):
    hospital = Hospital(system, pas_extra="")
    text = hospital.text().replace(f"port: {hospital.pas}}}", f"port: {hospital.pas}, max_connections: 2100}}")
    hospital.broker = system.broker(text, hospital.ops).ready()
    before, slow = resident(hospital), []
    for _ in range(2000):
        slow.append(socket.create_connection(("127.0.0.1", hospital.pas), timeout=20))
        slow[-1].sendall(START + b"MSH|")
    for one in slow:
        one.sendall(b"^")
    still_serves(hospital, "S1")
    grown = resident(hospital) - before
    check(grown < 120, f"memory grew by {grown:.0f} MiB")
    for one in slow:
        one.close()


@scenario("bad input: malformed and 200,000 deep JSON, an unknown type and a wrong content type get an OperationOutcome")
def _(system):
    hospital = Hospital(system).start()
    base = f"http://127.0.0.1:{hospital.gp}/fhir"
    deep = '{"resourceType":"Patient","x":' + "[" * 200_000 + "]" * 200_000 + "}"
    for what, path, body, headers in (("malformed", "/Patient", '{"resourceType": "Patient"', JSON), ("deep", "/Patient", deep, JSON),
                                      ("unknown type", "/Pasta", '{"resourceType": "Pasta"}', JSON),
                                      ("wrong content type", "/Patient", "<Patient/>", {"Content-Type": "text/plain"})):
        status, _, answer = http("POST", base + path, body, headers)
        check(400 <= status < 500, f"{what}: {status}")
        equal(json.loads(answer)["resourceType"], "OperationOutcome", what)
    status, _, _ = http("POST", base + "/$process-message", fhir_message("J1"), JSON)
    equal(status, 200, "the next one")


@scenario("bad input: a body of 100 MB is answered 413 without being held in memory")
def _(system):
    hospital = Hospital(system).start()
    before = resident(hospital)
    head = f"POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\nContent-Length: {100 << 20}\r\n\r\n"
    answer = raw(hospital.gp, head.encode() + b"x" * (4 << 20), within=20)
    check(answer.startswith(b"HTTP/1.1 413"), f"the answer: {answer[:60]!r}")
    check(resident(hospital) - before < 40, "memory")


@scenario("bad input: the request smuggling forms are refused and the connection closed")
def _(system):
    hospital = Hospital(system).start()
    body = b"5\r\nhello\r\n0\r\n\r\n"
    for headers in (b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked, identity\r\n", b"Host: other\r\nContent-Length: 0\r\n",
                    b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"):
        request = b"POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n" + headers + b"\r\n" + body
        answer = raw(hospital.gp, request + b"GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n")
        check(re.match(rb"HTTP/1\.1 (400|501)", answer), f"{headers!r}: {answer[:60]!r}")
        check(b"CapabilityStatement" not in answer, f"{headers!r}: the request behind it was answered")
    no_host = raw(hospital.gp, b"GET /fhir/metadata HTTP/1.1\r\n\r\n")
    check(no_host.startswith(b"HTTP/1.1 400"), f"without Host: {no_host[:60]!r}")


@scenario("bad input: every fault of a configuration is told at once, with file, line and what was expected; exit 2")
def _(system):
    hospital = Hospital(system)
    text = hospital.text().replace("listeners:", "listenrs: {}\nlisteners:").replace(f"{hospital.lims}", "many")
    text = text.replace("to: [lab]", "to: [lb]")
    file = system.write("bad.yaml", text)
    for words in (("check", file), ("run", file)):
        done = tieline(*words, expect=2)
        shown = done.stdout + done.stderr
        for word in ("bad.yaml:", "listenrs", "port", "lb"):
            check(word in shown, f"{words[0]} names {word}:\n{shown}")
    equal(tieline("check", system.folder / "nothing.yaml").returncode, 2, "a missing file")


@scenario("bad input: a port in use is named and ends the start with 2 or 3, nothing else having begun")
def _(system):
    hospital = Hospital(system)
    with socket.create_server(("127.0.0.1", hospital.pas)):
        done = tieline("run", system.write("tieline.yaml", hospital.text()), timeout=20)
    check(done.returncode in (2, 3), f"exit {done.returncode}")
    check(str(hospital.pas) in done.stdout + done.stderr, done.stderr)


@scenario("bad input: an unreadable certificate is a fault of the configuration")
def _(system):
    hospital = Hospital(system)
    tls = "{certificate: nothing.pem, key: {file: nothing.key}}"
    text = hospital.text().replace(f"port: {hospital.pas}}}", f"port: {hospital.pas}, tls: {tls}}}")
    done = tieline("check", system.write("tieline.yaml", text), expect=2)
    check("certificate: can't be read" in done.stdout + done.stderr, done.stderr)


@scenario("bad input: receivers that refuse, stay silent, hang up or answer for another message get it again, nobody else waits")
def _(system):
    ports = free_ports(4)
    kinds = (("--refuse", "AR"), ("--silent",), ("--drop",), ("--foreign",))
    for port, words in zip(ports, kinds):
        system.receiver(f"mllp://127.0.0.1:{port}", *words)
    names = ("refuses", "silent", "drops", "foreign")
    destinations = "\n".join(f"  {name}: {{mllp: {{host: 127.0.0.1, port: {port}}}, timeout: 500ms, retry: {{first: 100ms, most: 200ms}}}}"
                             for name, port in zip(names, ports))
    hospital = Hospital(system, to_fhir="[records]", to_v2=f"[{', '.join(names)}, lab]",
                        destinations=destinations + "\n  records: {folder: {path: records}}\n  lab: {folder: {path: lab}}").start()
    send(hospital.lims, oru("U1"))
    eventually("the good one is served", lambda: len(hospital.files("lab")) == 1, within=5)
    def all_retried():
        rows = {one["name"]: one for one in hospital.broker.status()["destinations"]}
        return all(rows[name]["tries"] >= 2 and rows[name]["backlog"] == 1 and rows[name]["delivered"] == 0 for name in names)
    eventually("the others are tried again", all_retried, within=30)


if __name__ == "__main__":
    sys.exit(run())
