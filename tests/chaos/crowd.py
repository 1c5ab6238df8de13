#!/usr/bin/env python3
"""Many senders in one process, for `crowd`: connections that are idle, half of them over TLS, and connections that trickle a byte a second.

    crowd.py PORT SECURE_PORT AUTHORITY IDLE TRICKLING

Prints `all are connected` when they are. At SIGTERM it looks who is still connected, has a hundred of the idle ones send a message, and
prints a line of JSON: how many there were, were dropped, and were not answered.
"""
import json
import resource
import selectors
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.messages import Mllp, adt, client_tls, said  # noqa: E402

ASKED = 100  # of the idle ones, at the end
TICKS = 20   # a second: the trickling ones take turns


def dropped(connections):
    """Those that can be read from although nobody has sent a whole message: they were closed."""
    with selectors.DefaultSelector() as ready:
        for one in connections:
            ready.register(one.socket, selectors.EVENT_READ, one)
        return [key.data for key, _ in ready.select(0)]


def connect(port, secure_port, authority, count):
    tls = client_tls(authority)
    for number in range(count):
        if number % 2:
            one = Mllp(secure_port, timeout=60, tls=tls)
            said(one.send(adt(f"HELLO{number}")))  # a TLS session is there for good once something was said in it
        else:
            one = Mllp(port, timeout=60)
        yield one


def main():
    port, secure_port, authority, idle, trickling = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(True))
    idlers = list(connect(port, secure_port, authority, idle))
    tricklers = [Mllp(port, timeout=60) for _ in range(trickling)]
    for one in tricklers:
        one.write(b"\x0bMSH|")
    print("all are connected", flush=True)
    turn, lost, began = 0, set(), time.monotonic()
    while not over:
        for number in range(turn % TICKS, trickling, TICKS):
            try:
                tricklers[number].write(b"x")
            except OSError:
                lost.add(number)
        turn += 1
        time.sleep(max(0.0, began + turn / TICKS - time.monotonic()))
    gone = dropped(idlers) + dropped(tricklers)
    alive = [one for one in idlers if one not in gone]
    asked = alive[::max(1, len(alive) // ASKED)]
    silent = sum(said(one.send(adt(f"BYE{number}"))) != f"AA BYE{number}" for number, one in enumerate(asked))
    print(json.dumps({"connected": idle + trickling, "dropped": len(gone) + len(lost), "asked": len(asked), "silent": silent}), flush=True)


if __name__ == "__main__":
    main()
