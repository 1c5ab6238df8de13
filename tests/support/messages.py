"""Messages for tests, and the two ways to send them. No real person's data: NHS numbers of the 999 range, invented names."""
import json
import socket
import ssl

from support.scenarios import SLOW

START, END = b"\x0b", b"\x1c\r"


def adt(control_id, trigger="A01", patient="HOSP0001", facility="RXQ", processing="P", version="2.4", acks="|", extra=()):
    """An ADT message; `acks` is MSH-15|MSH-16."""
    segments = [
        f"MSH|^~\\&|PAS|{facility}|TIELINE|RXQ|20261124093000||ADT^{trigger}|{control_id}|{processing}|{version}|||{acks}",
        f"EVN|{trigger}|20261124093000",
        f"PID|1||{patient}^^^RXQ^MR~9991106847^^^NHS^NH||TESTPATIENT^ALDER||19570314|F",
        "PV1|1|I|WARD7^BAY1^BED4^RXQ||||||||||||||||V1",
        *extra,
    ]
    return "\r".join(segments) + "\r"


def oru(control_id, patient="HOSP0001", value="96", status="F"):
    segments = [
        f"MSH|^~\\&|LIMS|RXQ|TIELINE|RXQ|20261124093000||ORU^R01|{control_id}|P|2.4",
        f"PID|1||{patient}^^^RXQ^MR||TESTPATIENT^ALDER||19570314|F",
        "OBR|1|ORD1|FIL1|26604007^Full blood count^SCT|||20261124080000|||||||||||||||20261124091500||HM|F",
        f"OBX|1|NM|718-7^Haemoglobin^LN||{value}|g/L|120-150|L|||{status}|||20261124090000",
    ]
    return "\r".join(segments) + "\r"


def fhir_message(control_id, event="A01"):
    """A FHIR R4 message Bundle: MessageHeader and Patient."""
    return json.dumps({
        "resourceType": "Bundle", "type": "message",
        "identifier": {"system": "urn:example:message", "value": control_id},
        "timestamp": "2026-11-24T09:30:00Z",
        "entry": [
            {"fullUrl": "urn:uuid:0b0a6bba-8f4a-4f10-9f2e-000000000001", "resource": {
                "resourceType": "MessageHeader", "id": "header-" + control_id,
                "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": event},
                "source": {"name": "GP", "endpoint": "urn:example:gp"},
                "focus": [{"reference": "urn:uuid:0b0a6bba-8f4a-4f10-9f2e-000000000002"}]}},
            {"fullUrl": "urn:uuid:0b0a6bba-8f4a-4f10-9f2e-000000000002", "resource": {
                "resourceType": "Patient",
                "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990388547"}],
                "name": [{"family": "Testpatient", "given": ["Birch"]}]}}]})


class Mllp:
    """An MLLP connection of a sending system."""

    def __init__(self, port, timeout=20 * SLOW, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._read = b""

    def write(self, data):
        self.socket.sendall(data)

    def send(self, message):
        """Sends one message and gives its answer; "" when the connection was closed instead."""
        self.write(START + (message.encode() if isinstance(message, str) else message) + END)
        return self.answer()

    def answer(self):
        """The next answer; "" when the connection is closed first."""
        while END not in self._read:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return ""
            self._read += more
        frame, self._read = self._read.split(END, 1)
        return frame.removeprefix(START).decode()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def send(port, message):
    """Sends one message over a connection of its own."""
    with Mllp(port) as connection:
        return connection.send(message)


def field(answer, segment, number):
    """A field of an answer (`MSA`, 1); "" when there is none. MSH counts its separator as field 1."""
    for line in answer.split("\r"):
        if line.startswith(segment + "|"):
            fields = line.split("|")
            at = number - 1 if segment == "MSH" else number
            return fields[at] if at < len(fields) else ""
    return ""


def said(answer):
    """What an answer says: its code and the control id that it is for, `AA X1`."""
    return f"{field(answer, 'MSA', 1)} {field(answer, 'MSA', 2)}".strip()


def client_tls(authority, certificate=None, key=None):
    """A client's TLS context that trusts one authority."""
    context = ssl.create_default_context(cafile=str(authority))
    if certificate:
        context.load_cert_chain(str(certificate), str(key))
    return context
