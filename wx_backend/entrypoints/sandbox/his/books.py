"""The HIS's own books of numbers: who has which number of which slot.

A number is free, LOCKED or CONFIRMED for a lock of the platform's, or went over the COUNTER.
"""

from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.his.no import No
from wx_backend.entrypoints.sandbox.store import Row, Store

COUNTER = "COUNTER"
HELD = ("LOCKED", "CONFIRMED")


class Numbers:
    """Every change is on disk before it is answered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def lock(self, key: str, appointment: str, place: dict[str, Any]) -> str:
        """The same lock asked for again is the same lock. Raises No: taken, over."""
        slot, number = str(place["slot"]), int(place["number"])
        with self._store.change():
            known = self._lock(key)
            if known:
                if known["state"] == "RELEASED":
                    raise No(409, "over", "该锁号已释放")
                if (known["slot"], known["number"]) != (slot, number):
                    raise No(409, "other_place", "该锁号属于另一个号")
                return known["state"]
            if there := self._at(slot, number):
                raise No(409, "taken", "该号已被占用", there["lock"])
            self._put(key, appointment, slot, number, str(place["visit_date"]), "LOCKED")
        return "LOCKED"

    def lock_twice(self, key: str, appointment: str, place: dict[str, Any]) -> str:
        """As a broken middle layer does: the work is done twice, the second time elsewhere."""
        state, number = self.lock(key, appointment, place), int(place["number"])
        while self._at(str(place["slot"]), number):
            number += 1
        self.lock(f"{key}x2", appointment, {**place, "number": number})
        return state

    def confirm(self, key: str) -> str:
        """Raises No: no_such_lock, over."""
        with self._store.change():
            known = self._known(key)
            if known["state"] == "RELEASED":
                raise No(409, "over", "该锁号已释放")
            self._set(key, "CONFIRMED")
        return "CONFIRMED"

    def release(self, key: str) -> str:
        """Also a lock that never came: when it comes late, it is over."""
        with self._store.change():
            if self._lock(key):
                self._set(key, "RELEASED")
            else:
                self._put(key, "", "", 0, "", "RELEASED")
        return "RELEASED"

    def state(self, key: str) -> str:
        """Raises No: no_such_lock."""
        return self._known(key)["state"]

    def day(self, date: str) -> list[dict[str, Any]]:
        rows = self._store.many(
            "SELECT slot, number, state, lock FROM his_numbers WHERE visit_date = ?"
            " AND state != 'RELEASED' ORDER BY slot, number",
            date,
        )
        return [row if row["state"] in HELD else {**row, "lock": ""} for row in rows]

    # --- what its own people do ----------------------------------------------------------------

    def sell(self, slot: str, number: int, date: str) -> None:
        """A clerk gives a number out. Raises ValueError: it is somebody's already."""
        with self._store.change():
            if self._at(slot, number):
                raise ValueError("somebody has this number")
            self._put(f"counter:{slot}:{number}", "", slot, number, date, COUNTER)

    def take_back(self, slot: str, number: int) -> None:
        """What a clerk has given out is free again."""
        self._store.do(
            "DELETE FROM his_numbers WHERE slot = ? AND number = ? AND state = ?",
            slot, number, COUNTER,
        )  # fmt: skip

    def forget(self, key: str) -> None:
        """As if the lock had never been."""
        self._store.do("DELETE FROM his_numbers WHERE lock = ?", key)

    def listing(self) -> list[Row]:
        return self._store.many("SELECT * FROM his_numbers ORDER BY at, lock")

    # --- rows ----------------------------------------------------------------------------------

    def _lock(self, key: str) -> Row | None:
        return self._store.one("SELECT * FROM his_numbers WHERE lock = ?", key)

    def _known(self, key: str) -> Row:
        known = self._lock(key)
        if known is None:
            raise No(404, "no_such_lock", "没有这个锁号")
        return known

    def _at(self, slot: str, number: int) -> Row | None:
        """Who has a number; a counter's has no lock of the platform's."""
        row = self._store.one(
            "SELECT * FROM his_numbers WHERE slot = ? AND number = ? AND state != 'RELEASED'",
            slot, number,
        )  # fmt: skip
        return {**row, "lock": row["lock"] if row["state"] in HELD else ""} if row else None

    def _put(
        self, key: str, appointment: str, slot: str, number: int, date: str, state: str
    ) -> None:
        row = {
            "lock": key, "appointment": appointment, "slot": slot, "number": number,
            "visit_date": date, "state": state, "at": clock.now(),
        }  # fmt: skip
        self._store.put("his_numbers", row)

    def _set(self, key: str, state: str) -> None:
        self._store.do("UPDATE his_numbers SET state = ? WHERE lock = ?", state, key)
