"""Whole-system tests whose names are sentences.

    @scenario("embedded bus: a message reaches the lab")
    def _(system): ...

Each scenario gets a `System` of its own (tests/support/system.py): a scratch folder and what it starts, all of it ended after.
A program of scenarios ends with `sys.exit(run())`; its arguments choose those whose names contain one of them.
"""
import contextlib
import faulthandler
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TIELINE_BUILD", ROOT / "build"))
SCRATCH = Path(os.environ.get("TIELINE_SCRATCH", BUILD / "scratch"))  # on a disk, never /dev/shm: Tieline syncs there
SLOW = float(os.environ.get("TIELINE_SLOW", 1))  # how much longer than usual all may take, as under a sanitizer
LIMIT = 180 * SLOW  # seconds for one scenario

_scenarios = []


def scenario(name):
    """Adds the function to the program's scenarios."""
    def add(function):
        _scenarios.append((name, function))
        return function
    return add


class Failed(AssertionError):
    """What was expected did not come."""


def check(condition, what):
    """Fails the scenario unless the condition holds."""
    if not condition:
        raise Failed(what() if callable(what) else str(what))


def equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, expected {wanted!r}")


def eventually(what, condition, within=20.0):
    """Waits until `condition()` is true and gives its value; fails with `what` after `within` seconds (times SLOW)."""
    deadline = time.monotonic() + within * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {within * SLOW:g} s: {what}")
        time.sleep(0.03)


def _run_one(name, function, make_system):
    folder = Path(tempfile.mkdtemp(prefix=re.sub(r"\W+", "-", name)[:40] + "-", dir=SCRATCH))
    began, failure = time.monotonic(), None
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    system = make_system(folder)
    with contextlib.ExitStack() as end:
        end.callback(faulthandler.cancel_dump_traceback_later)
        try:
            function(system)
        except Exception:
            failure = traceback.format_exc(limit=-4)
        for fault in system.close():
            failure = (failure or "") + fault
    took = time.monotonic() - began
    print(f"{'FAILED' if failure else 'ok    '} {name} ({took:.1f} s)", flush=True)
    if failure:
        print(failure + f"  what it left: {folder}", flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return not failure


def run():
    """Runs the chosen scenarios and gives the exit code: 0 when there was one and all passed."""
    from support.system import System
    SCRATCH.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in _scenarios if not sys.argv[1:] or any(part in one[0] for part in sys.argv[1:])]
    passed = sum([_run_one(name, function, System) for name, function in chosen])
    print(f"{passed} passed, {len(chosen) - passed} failed")
    return 0 if chosen and passed == len(chosen) else 1
