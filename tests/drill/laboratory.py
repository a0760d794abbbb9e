"""A laboratory and its HIS in a drill: messages at a steady rate over several lines, each sent
again until it is accepted. What was accepted is theirs to forget.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from tests.helpers.wards import Team
from wx_backend.entrypoints.demo import hl7

LINES = 4
AGAIN_SECONDS = 0.3
ACCEPTED = "AA"
WARD_PATIENTS = 40


class Mail(NamedTuple):
    """A report to be sent; ``name`` is its control id and the laboratory's number."""

    name: str
    patient: hl7.Inpatient
    critical: bool


class Laboratory:
    """``count`` reports in ``seconds``, ``critical`` of them with a critical potassium, each of
    those of somebody else.
    """

    def __init__(
        self,
        address: str,
        teams: Sequence[Team],
        count: int,
        critical: int,
        seconds: float,
        seed: int,
    ):
        self._address, self._seconds = address, seconds
        self.mails = plan(teams, count, critical, seed)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(LINES, thread_name_prefix="laboratory")
        self._threads: list[Future[None]] = []
        self.accepted: set[str] = set()
        self.refused: Counter[str] = Counter()
        """Tries that were not accepted, by why."""

    @property
    def critical(self) -> set[str]:
        """Names of the reports with a critical result."""
        return {mail.name for mail in self.mails if mail.critical}

    def admit(self) -> None:
        """Everybody with a critical result is in bed before it comes."""
        line = hl7.Line(self._address)
        for mail in self.mails:
            if mail.critical:
                self._insist(line, f"A{mail.name}", mail, admission=True)
        line.close()

    def begin(self) -> None:
        self._threads = [
            self._pool.submit(self._talk, self.mails[n::LINES], n) for n in range(LINES)
        ]

    @property
    def done(self) -> bool:
        """Everything is accepted. Raises what a line could not cope with."""
        ended = [thread for thread in self._threads if thread.done()]
        for thread in ended:
            thread.result()
        return len(ended) == len(self._threads)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _talk(self, mails: Sequence[Mail], first: int) -> None:
        line, began = hl7.Line(self._address), time.monotonic()
        gap = self._seconds / len(self.mails)
        for n, mail in enumerate(mails):
            due = began + (first + n * LINES) * gap
            time.sleep(max(0.0, due - time.monotonic()))
            self._insist(line, mail.name, mail)
        line.close()

    def _insist(self, line: hl7.Line, name: str, mail: Mail, admission: bool = False) -> None:
        """The same message until it is accepted."""
        text = (
            hl7.admission(name, mail.patient)
            if admission
            else hl7.report(name, mail.patient, name, mail.critical)
        )
        while (verdict := self._try(line, text)) != ACCEPTED:
            with self._lock:
                self.refused[verdict] += 1
            time.sleep(AGAIN_SECONDS)
        if not admission:
            self.accepted.add(name)

    def _try(self, line: hl7.Line, text: str) -> str:
        try:
            return line.send(text)
        except OSError as error:
            return type(error).__name__


def plan(teams: Sequence[Team], count: int, critical: int, seed: int) -> list[Mail]:
    """Which reports are critical is up to the dice; whose they are goes round the wards. Pure."""
    alarms = set(random.Random(seed).sample(range(count), critical))
    turn, mails = 0, []
    for n in range(count):
        team = teams[(turn if n in alarms else n) % len(teams)]
        number = 1000 + turn if n in alarms else n % WARD_PATIENTS
        turn += n in alarms
        mails.append(Mail(f"R{n}", team.patient(number), n in alarms))
    return mails
