"""A patient with a phone: asks again with the same key until somebody answers."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from wx_backend.entrypoints.demo.people import id_no
from wx_backend.entrypoints.demo.phone import Phone, Refused, Sandbox

T = TypeVar("T")

DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
PATIENCE = 30.0
"""Seconds after which nobody answering is an error of the drill."""


def unanswered(error: Exception) -> bool:
    """Nobody answered, or somebody who could not know: the same may be asked again."""
    if isinstance(error, Refused):
        return error.status >= 500
    return isinstance(error, requests.RequestException)


class Patient:
    """Number ``n`` of the crowd, with nobody to act for yet.

    Args:
        between: called before each further try.
    """

    def __init__(self, web: str, sandbox: Sandbox, n: int, between: Callable[[], Any]):
        self.n = n
        self.phone = Phone(web, f"crowd-{n}")
        self._sandbox = sandbox
        self._between = between
        self.patient = ""

    def insist(self, act: Callable[[], T], patience: float = PATIENCE) -> T:
        """``act`` until it is answered. Raises Refused for an answer that is no."""
        end = time.monotonic() + patience
        while True:
            try:
                return act()
            except (Refused, requests.RequestException) as error:
                if not unanswered(error) or time.monotonic() > end:
                    raise
                self._between()

    def sign_in(self) -> None:
        self.insist(self.phone.sign_in)

    def add_myself(self) -> None:
        """Adds the person; who was added by a try that nobody answered is there already."""
        try:
            self.insist(self._add)
        except Refused as error:
            if error.code not in ("already_added", "self_exists"):
                raise
        self.patient = self.insist(self.phone.people)[0]["patient_id"]

    def _add(self) -> None:
        self.phone.post(
            "patients",
            name="钱" + str(self.n).translate(DIGITS),
            id_no=id_no(f"{1960 + self.n // 1000}0701", self.n % 1000),
            phone=f"154{self.n:08d}",
            relation="SELF",
            agreed=True,
        )

    def hold(self, slot: str, key: str) -> dict:
        """The appointment as answered."""
        return self.insist(
            lambda: self.phone.post("appointments", key, slot=slot, patient=self.patient)
        )

    def open_payment(self, appointment: str) -> str:
        """The prepay id."""
        ticket = self.insist(
            lambda: self.phone.post(f"appointments/{appointment}/payment", method="wechat_jsapi")
        )
        return ticket["jsapi"]["package"].removeprefix("prepay_id=")

    def pay(self, prepay: str) -> None:
        """In the pay sheet: the platform alone has a part in it."""
        self._sandbox.pay(prepay)

    def cancel(self, appointment: str) -> dict:
        return self.insist(lambda: self.phone.post(f"appointments/{appointment}/cancel"))

    def reschedule(self, appointment: str, slot: str, key: str) -> dict:
        """What it has become, as answered."""
        path = f"appointments/{appointment}/reschedule"
        return self.insist(lambda: self.phone.post(path, key, slot=slot))

    def look(self, appointment: str) -> dict:
        """The appointment with its order."""
        return self.insist(lambda: self.phone.get(f"appointments/{appointment}"))
