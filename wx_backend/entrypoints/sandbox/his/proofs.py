"""Whose number is whose at the HIS, and the codes it sends there.

A person is known by the number of the identity card. Who was never told of (`know`) is known by the
name that is first asked for, with a number made up from the identity card alone. Moments are
seconds since 1970.
"""

import hashlib
import hmac
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.his import world
from wx_backend.entrypoints.sandbox.his.no import No
from wx_backend.entrypoints.sandbox.store import Row, Store

LIFE = 600
WRONG = 3


class Proofs:
    """Every code is on disk before it is answered that it was sent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, attempt: str, name: str, id_no: str) -> str:
        """Sends a code to the number on file, once for an attempt; the number but for its middle.

        Raises No: one for whoever is unknown, has no number, or another name.
        """
        with self._store.change():
            if known := self._attempt(attempt):
                return _masked(known["phone"])
            person = self._meet(name, id_no)
            if not person["phone"] or person["name"] != name:
                raise No(404, "cannot_prove", "无法用手机核验")
            row = {
                "attempt": attempt, "phone": person["phone"], "wrong": 0, "at": clock.now(),
                "code": f"{secrets.randbelow(10**6):06}", "proven": 0,
            }  # fmt: skip
            self._store.put("his_proofs", row)
        return _masked(person["phone"])

    def answer(self, attempt: str, code: str) -> bool:
        """Whether it is the code; the right one stays right. Raises No: no_such_attempt, over."""
        with self._store.change():
            known = self._attempt(attempt)
            if known is None:
                raise No(404, "no_such_attempt", "没有这次核验")
            right = hmac.compare_digest(known["code"].encode(), code.encode())
            if known["proven"] and right:
                return True
            if known["proven"] or known["wrong"] >= WRONG or clock.now() - known["at"] > LIFE:
                raise No(409, "over", "验证码已失效")
            column = "proven" if right else "wrong"
            self._store.do(
                f"UPDATE his_proofs SET {column} = {column} + 1 WHERE attempt = ?",  # noqa: S608
                attempt,
            )
        return right

    # --- what its own people do ----------------------------------------------------------------

    def know(self, id_no: str, name: str, phone: str) -> None:
        """What is on file from now on; nothing when `phone` is empty, nobody without a name."""
        self._store.put("his_people", {"person": _key(id_no), "name": name, "phone": phone})

    def forget(self, attempt: str) -> None:
        """As if the attempt had never been; what was sent is sent."""
        self._store.do("UPDATE his_proofs SET attempt = attempt || '-' WHERE attempt = ?", attempt)

    def sent(self, phone: str = "") -> list[Row]:
        """The texts that went out, in their order: `phone`, `code`, `at`."""
        return self._store.many(
            "SELECT phone, code, at FROM his_proofs WHERE ? IN ('', phone) ORDER BY rowid", phone
        )

    # --- rows ----------------------------------------------------------------------------------

    def _attempt(self, attempt: str) -> Row | None:
        return self._store.one("SELECT * FROM his_proofs WHERE attempt = ?", attempt)

    def _meet(self, name: str, id_no: str) -> dict[str, Any]:
        key = _key(id_no)
        if known := self._store.one("SELECT * FROM his_people WHERE person = ?", key):
            return known
        made = {"person": key, "name": name, "phone": phone_of(id_no)}
        self._store.put("his_people", made)
        return made


def phone_of(id_no: str) -> str:
    """The number that the HIS has of somebody nobody told it about."""
    return f"139{world.draw(id_no, 'phone') % 10**8:08}"


def _key(id_no: str) -> str:
    return hashlib.sha256(id_no.encode()).hexdigest()


def _masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"
