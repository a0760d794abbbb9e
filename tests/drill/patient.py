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


def about(n: int) -> dict[str, Any]:
    """Number ``n`` of the crowd as a person types it."""
    return {
        "name": "钱" + str(n).translate(DIGITS),
        "id_no": id_no(f"{1960 + n // 1000}0701", n % 1000),
        "phone": f"154{n:08d}",
        "relation": "SELF",
        "agreed": True,
    }


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
        self.phone.post("patients", **about(self.n))

    def hold(self, slot: str, key: str) -> dict:
        """The appointment as answered."""
        return self.insist(
            lambda: self.phone.post("appointments", key, slot=slot, patient=self.patient)
        )

    def join(self, slot: str, key: str, scope: str = "slot") -> dict:
        """The place on the waiting list as answered."""
        asked = {"slot": slot, "patient": self.patient, "scope": scope, "agreed": True}
        return self.insist(lambda: self.phone.post("waiting", key, **asked))

    def entry(self, entry: str) -> dict:
        """The place on the waiting list as it is now."""
        return self.insist(lambda: self.phone.get(f"waiting/{entry}"))

    def leave(self, entry: str) -> dict:
        return self.insist(lambda: self.phone.post(f"waiting/{entry}/leave"))

    def asked(self, case: str) -> dict | None:
        """What is offered instead of a number that was lost; None while nobody has asked."""
        try:
            return self.insist(lambda: self.phone.get(f"stops/{case}"))
        except Refused as error:
            if error.status != 404:
                raise
            return None

    def answer(self, case: str, choice: str) -> dict:
        return self.insist(lambda: self.phone.post(f"stops/{case}/answer", choice=choice))

    def open_payment(self, appointment: str) -> str:
        """The prepay id."""
        ticket = self.insist(
            lambda: self.phone.post(f"appointments/{appointment}/payment", method="wechat_jsapi")
        )
        return ticket["jsapi"]["package"].removeprefix("prepay_id=")

    def open_alipay(self, appointment: str) -> str:
        """The number of what Alipay's code is for; nobody has scanned it yet."""
        path = f"appointments/{appointment}/payment"
        self.insist(lambda: self.phone.post(path, method="alipay_qr"))
        [trade] = self._sandbox.get("alipay/books")["trades"]
        return trade["out_trade_no"]

    def pay(self, prepay: str) -> None:
        """In the pay sheet: the platform alone has a part in it."""
        self._sandbox.pay(prepay)

    def scan(self, number: str) -> None:
        """Scans Alipay's code and pays."""
        self._sandbox.post("alipay/pay", out_trade_no=number, person=f"crowd-{self.n}")

    def cancel(self, appointment: str) -> dict:
        return self.insist(lambda: self.phone.post(f"appointments/{appointment}/cancel"))

    def reschedule(self, appointment: str, slot: str, key: str) -> dict:
        """What it has become, as answered."""
        path = f"appointments/{appointment}/reschedule"
        return self.insist(lambda: self.phone.post(path, key, slot=slot))

    def look(self, appointment: str) -> dict:
        """The appointment with its order."""
        return self.insist(lambda: self.phone.get(f"appointments/{appointment}"))
