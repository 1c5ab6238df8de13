"""What a whole-system test starts: the `tieline` binary with a configuration in a scratch folder, other programs beside it."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from support.scenarios import BUILD, ROOT, SLOW, Failed, check, eventually

TIELINE = Path(os.environ.get("TIELINE", BUILD / "tieline"))


def _is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def free_ports(count):
    """Neighbouring ports that nobody listens on now, below those that the system picks for outgoing connections."""
    while True:
        first = random.randrange(20_000, 32_000)
        ports = range(first, first + count)
        if all(map(_is_free, ports)):
            return list(ports)


def http(method, url, body=None, headers=None, timeout=20):
    """One exchange: (status, headers, body as text)."""
    data = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout * SLOW) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def sanitizer_report(output):
    """The beginning of a sanitizer's report in what a program printed, or ""."""
    found = re.search(r"(^==\d+==ERROR: |^WARNING: ThreadSanitizer|^.*: runtime error: )[\s\S]{0,3000}", output, re.MULTILINE)
    return found[0] if found else ""


class Program:
    """A program that runs beside the test; its output goes to a file."""

    def __init__(self, command, log, stdin=subprocess.DEVNULL, env=None):
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=out, stderr=out, env=env)

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def says(self, text, within=30):
        """Waits for a text in its output."""
        def there():
            if text in self.output():
                return True
            check(self.running(), lambda: f"ended with {self.process.returncode} before it said {text!r}:\n{self.output()[-2000:]}")
            return False
        return eventually(f"{self.log.name} says {text!r}", there, within)

    def stop(self, how=signal.SIGTERM, within=30):
        """Sends the signal and gives the exit code."""
        if self.running():
            self.process.send_signal(how)
        try:
            return self.process.wait(within * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.log.name}: did not end within {within * SLOW:g} s of signal {how}") from None


class Broker(Program):
    """A running `tieline run`. `config` is its file; `ops` the port of its ops listener."""

    def __init__(self, config, ops, log, env=None, binary=TIELINE):
        self.config, self.ops = Path(config), ops
        super().__init__([binary, "run", config], log, env=env)

    def ready(self, within=20):
        """Waits until it can store and answer."""
        def there():
            check(self.running(), lambda: f"tieline ended with {self.process.returncode}:\n{self.output()[-3000:]}")
            try:
                return http("GET", f"http://127.0.0.1:{self.ops}/readyz", timeout=2)[0] == 200
            except OSError:
                return False
        eventually("tieline is ready", there, within)
        return self

    def command(self, *words, **options):
        """Runs `tieline COMMAND… --config FILE` against it."""
        return tieline(*words, "--config", self.config, **options)

    def ask(self, path):
        """What the ops port answers to a GET, as JSON."""
        return json.loads(http("GET", f"http://127.0.0.1:{self.ops}{path}")[2])

    def status(self):
        return self.ask("/api/status")

    def destination(self, name):
        """The status of one destination."""
        return next(one for one in self.status()["destinations"] if one["name"] == name)

    def all_published(self):
        bus = self.status()["bus"]
        return bus["published"] == bus["appended"]

    def trace(self, control_id):
        """The traces of a control id, newest first; [] when there are none."""
        return self.ask("/api/trace?" + urllib.parse.urlencode({"id": control_id}))

    def held(self):
        """What is held, oldest first, as the command lists it."""
        return json_of(self.command("held", "list", "--json").stdout)

    def topic(self, name):
        """The records of a topic of the embedded bus: keys, headers, sizes."""
        return [json.loads(line) for line in self.command("topic", name, expect=0).stdout.splitlines()]

    def metrics(self):
        """The metrics: {`name{labels}`: value}."""
        text = http("GET", f"http://127.0.0.1:{self.ops}/metrics")[2]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and line[0] != "#"}


def json_of(text):
    """What a command printed: an array, or a line of JSON for each."""
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines() if line]


def tieline(*words, expect=None, timeout=60, **options):
    """Runs a `tieline` command to its end; with `expect`, its exit code must be that."""
    command = [str(TIELINE), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout * SLOW, **options)
    if fault := sanitizer_report(done.stderr):
        raise Failed(f"{' '.join(command)}: {fault}")
    if expect is not None and done.returncode != expect:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}, expected {expect}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


class System:
    """One test's world: its folder and the programs that it started."""

    def __init__(self, folder):
        self.folder = folder
        self._programs = []
        self._endings = []

    def at_end(self, call):
        self._endings.append(call)

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def program(self, command, log, **options):
        one = Program(command, self.folder / log, **options)
        self._programs.append(one)
        return one

    def broker(self, config, ops, **options):
        """Starts Tieline with the configuration's text; the data folder is `data` beside it. Does not wait."""
        file = self.write("tieline.yaml", config) if isinstance(config, str) else config
        one = Broker(file, ops, self.folder / "tieline.log", **options)
        self._programs.append(one)
        return one

    def receiver(self, url, *words):
        """Starts `tieline receive … URL` and waits until it listens. Its output has a line for each message."""
        one = self.program([TIELINE, "receive", *words, url], f"receive{len(self._programs)}.log")
        one.says("listening on")
        return one

    def close(self):
        """Ends everything; gives what did not end well, in words."""
        faults = []
        for one in reversed(self._programs):
            try:
                one.stop(within=20)
            except Failed as error:
                faults.append(f"{error}\n")
            if fault := sanitizer_report(one.output()):
                faults.append(f"{one.log.name}: {fault}\n")
            elif one.process.returncode == -signal.SIGABRT:
                faults.append(f"{one.log.name}: aborted:\n{one.output()[-3000:]}\n")
        for call in reversed(self._endings):
            call()
        return faults
