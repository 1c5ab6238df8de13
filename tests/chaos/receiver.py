#!/usr/bin/env python3
"""A receiving system: takes messages over MLLP and notes the id and the digest of each before it says AA.

With `--lies SHARE` it treats that share of the messages as real receivers do on a bad day (LIES below), each of them a case; it notes
a message only when it truly takes it.
Prints `listening on PORT`, and at SIGTERM the counts of what it did as JSON.
"""
import argparse
import collections
import json
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from oracle import Notes, digest_of  # noqa: E402
from support.messages import END, START  # noqa: E402

LIES = {
    "late": "takes it, and says AA after the sender's time is over, on the connection of then",
    "late_elsewhere": "takes it, keeps the AA back and says it on the next connection, before anything was asked there",
    "foreign": "says AA for another message",
    "earlier": "says AA for the message before",
    "garbled": "says what is no acknowledgment",
    "empty": "says AA without a control id",
    "silence": "says nothing",
    "refusal": "says AR",
    "error": "says AE",
    "dropped": "takes the bytes and closes the connection",
    "half": "says half of the AA and closes the connection",
}


def acknowledgment(code, control_id):
    return START + f"MSH|^~\\&|R|R|T|T|20261124||ACK|A{control_id}|P|2.4\rMSA|{code}|{control_id}\r".encode() + END


class Receiver:
    def __init__(self, given):
        self.given, self.notes = given, Notes(given.notes)
        self.random, self.counts, self.lock = random.Random(given.seed), collections.Counter(), threading.Lock()
        self.late, self.before = [], "S0-0"

    def serve(self, listening):
        while True:
            connection, _ = listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                self.say_what_was_late(connection)
                for frame in frames_of(connection):
                    if not self.answer(connection, frame):
                        return
            except OSError:
                pass  # the sender hung up

    def say_what_was_late(self, connection):
        with self.lock:
            late, self.late = self.late, []
        for control_id, digest in late:
            self.notes.add(control_id, digest)
            connection.sendall(acknowledgment("AA", control_id))

    def answer(self, connection, frame):
        """True to go on with the connection."""
        control_id, digest = frame.split(b"|", 10)[9].decode(), digest_of(frame)
        with self.lock:
            lie = self.random.choice(list(LIES)) if self.random.random() < self.given.lies else "truth"
            self.counts[lie] += 1
            before, self.before = self.before, control_id
        say = {"foreign": control_id + "0", "earlier": before if before != control_id else "S0-0", "empty": ""}
        if lie in ("truth", "late"):
            time.sleep(self.given.patience * 1.5 if lie == "late" else 0)
            self.notes.add(control_id, digest)  # it has it: should the sender still listen, it may believe that
            connection.sendall(acknowledgment("AA", control_id))
        elif lie == "late_elsewhere":
            with self.lock:
                self.late.append((control_id, digest))
        elif lie in say:
            connection.sendall(acknowledgment("AA", say[lie]))
        elif lie in ("refusal", "error"):
            connection.sendall(acknowledgment("AR" if lie == "refusal" else "AE", control_id))
        elif lie == "garbled":
            connection.sendall(START + b"MSH|^~\\&|R\rMSQ\x00AA|" + control_id.encode() + b"\r" + END)
        elif lie == "half":
            connection.sendall(acknowledgment("AA", control_id)[:-6])
        return lie not in ("late_elsewhere", "dropped", "half")


def frames_of(connection):
    read = b""
    while True:
        more = connection.recv(65536)
        if not more:
            return
        read += more
        while END in read:
            frame, read = read.split(END, 1)
            yield frame.removeprefix(START)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("notes", help="the file of what was taken")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lies", type=float, default=0.0, help="share of the messages, 0 to 1")
    parser.add_argument("--patience", type=float, default=1.0, help="seconds that the sender waits for an answer")
    given = parser.parse_args()
    receiver = Receiver(given)
    listening = socket.create_server(("127.0.0.1", given.port), backlog=64)

    def end(*_):
        print(json.dumps(receiver.counts), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print(f"listening on {given.port}", flush=True)
    receiver.serve(listening)


if __name__ == "__main__":
    main()
