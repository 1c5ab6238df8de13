"""Sending systems: each sends its own patients' messages over MLLP, one at a time, and notes an id only once it has read AA for it."""
import random
import threading
import time

from oracle import ID, digest_of, message_of
from support.messages import Mllp, said
from support.scenarios import SLOW


class Sender(threading.Thread):
    """One sending system. It sends again what got no answer, gives some of those up for good, and sends one in ten again that did."""

    def __init__(self, number, port, notes, seed, over, first=1, pause=0.0):
        super().__init__(daemon=True)
        self.number, self.port, self.notes, self.seed, self.over, self.next, self.pause = number, port, notes, seed, over, first, pause
        self.random = random.Random(f"{seed}/{number}/{first}")
        self.connection, self.acknowledged, self.resends, self.given_up, self.wrong = None, 0, 0, 0, []

    def run(self):
        while not self.over.is_set():
            control_id = f"S{self.number}-{self.next}"
            message = message_of(self.seed, control_id)
            if self._until_acknowledged(control_id, message):
                self.notes.add(control_id, digest_of(message))
                self.acknowledged += 1
                if self.random.random() < 0.1:
                    self.resends += 1
                    self._until_acknowledged(control_id, message)
            self.next += 1
            if self.pause:
                self.over.wait(self.random.uniform(0, 2 * self.pause))
        self._close()

    def _until_acknowledged(self, control_id, message):
        while not self.over.is_set():
            answer = self._exchange(message)
            if said(answer) == f"AA {control_id}":
                return True
            if answer:
                self.wrong.append(f"{control_id} was answered {said(answer)!r}")
                self.over.set()
            elif self.random.random() < 0.1:
                self.given_up += 1
                return False
        return False

    def _exchange(self, message):
        answer = ""
        try:
            self.connection = self.connection or Mllp(self.port, timeout=30 * SLOW)
            answer = self.connection.send(message)
        except OSError:
            pass
        if not answer:
            self._close()
            self.over.wait(0.02)  # as any sender: a moment before it connects again
        return answer

    def _close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Senders:
    """Several at once. `notes` holds what was acknowledged, of this run and of the one that it goes on with."""

    def __init__(self, count, port, notes, seed, rate=0):
        self.over, self.notes, newest = threading.Event(), notes, {}
        for control_id, _ in notes:
            sender, number = map(int, ID.fullmatch(control_id).groups())
            newest[sender] = max(newest.get(sender, 0), number)
        # Numbers of which nobody knows whether they were used are left out.
        self.all = [Sender(number, port, notes, seed, self.over, newest.get(number, -99) + 100, count / rate if rate else 0)
                    for number in range(count)]
        self._before, self._began = sum(1 for _ in notes), time.monotonic()
        for one in self.all:
            one.start()

    @property
    def acknowledged(self):
        """How many so far, those of the run that this one goes on with among them."""
        return self._before + sum(one.acknowledged for one in self.all)

    @property
    def wrong(self):
        return [text for one in self.all for text in one.wrong]

    def stop(self):
        self.over.set()
        for one in self.all:
            one.join(60)
        self.seconds = time.monotonic() - self._began

    def __str__(self):
        return (f"{sum(one.acknowledged for one in self.all)} acknowledged in {self.seconds:.0f} s, {sum(one.resends for one in self.all)} "
                f"sent again, {sum(one.given_up for one in self.all)} given up unanswered, {len(self.wrong)} answered wrongly")
