"""Patients who come one after another, several at a time, until they are sent home."""

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count

import requests

from tests.drill.patient import Patient
from wx_backend.entrypoints.demo.phone import Refused, Sandbox


class Visitors(ABC):
    """``most`` at a time, from the ``first`` of the sandbox's crowd on.

    ``refusals`` counts what they were refused or not answered, by its code.
    """

    def __init__(self, web: str, sandbox: Sandbox, first: int, most: int, refusals: Counter[str]):
        self._web, self._sandbox, self._most = web, sandbox, most
        self._refusals = refusals
        self._numbers = count(first)
        self._home = threading.Event()
        self._pool = ThreadPoolExecutor(most + 1, thread_name_prefix="patient")
        self._threads: list[Future[None]] = []

    @abstractmethod
    def visit(self, me: Patient) -> None:
        """What one of them does."""

    def come(self) -> None:
        for _ in range(self._most):
            self.meanwhile(lambda: self.visit(self.newcomer()))

    def meanwhile(self, act: Callable[[], None]) -> None:
        """Again and again, beside the others."""
        self._threads.append(self._pool.submit(self._over_and_over, act))

    def go_home(self) -> None:
        """Nobody new comes; who is here ends what they are doing."""
        self._home.set()

    @property
    def gone(self) -> bool:
        """Everybody has left. Raises what a patient could not cope with."""
        done = [thread for thread in self._threads if thread.done()]
        for thread in done:
            thread.result()
        return len(done) == len(self._threads)

    def close(self) -> None:
        self._home.set()
        self._pool.shutdown()

    def newcomer(self) -> Patient:
        """Signed in, with themselves to act for."""
        patient = Patient(self._web, self._sandbox, next(self._numbers), _breathe)
        patient.sign_in()
        patient.add_myself()
        return patient

    def _over_and_over(self, act: Callable[[], None]) -> None:
        while not self._home.is_set():
            try:
                act()
            except Refused as error:
                self._refusals[error.code or str(error.status)] += 1
            except requests.RequestException as error:
                self._refusals[type(error).__name__] += 1


def _breathe() -> None:
    """Between two tries of somebody nobody answers."""
    time.sleep(0.2)
