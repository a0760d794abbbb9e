"""The HIS's own books of money: what it was told came and went, by local day.

An entry is known by the asker's number; `no` is the HIS's own. Amounts are fen.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.his.no import No
from wx_backend.entrypoints.sandbox.store import Row, Store

PAGE = 1000
_SHOWN = "no, order_reference, kind, fen, platform, transaction_no AS 'transaction', at"

Check = Callable[[dict[str, Any]], None]


class Accounts:
    """Every entry is on disk before it is answered.

    `checks`: other books of the HIS that must agree before an entry is new; each raises No.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.checks: list[Check] = []

    def post(self, posting: str, asked: dict[str, Any]) -> str:
        """The number of the entry; the same posting again is the same entry. Raises No."""
        with self._store.change():
            known = self._entry(posting)
            if known:
                self._same(known, asked)
                return known["no"]
            if asked["kind"] == "REFUNDED":
                self._covered(asked)
            for check in self.checks:
                check(asked)
            return self._put(posting, asked)

    def post_twice(self, posting: str, asked: dict[str, Any]) -> str:
        """As a broken middle layer does: the same money is booked under two numbers."""
        no = self.post(posting, asked)
        self._put(f"{posting}x2", asked)
        return no

    def entry(self, posting: str) -> str:
        """Raises No: no_such_entry."""
        known = self._entry(posting)
        if known is None:
            raise No(404, "no_such_entry", "没有这笔入账")
        return known["no"]

    def day(self, date: str, after: str = "") -> list[Row]:
        """At most a page of a local day, in the order of the HIS's numbers."""
        return self._store.many(
            f"SELECT {_SHOWN} FROM his_entries WHERE day = ? AND no > ?"  # noqa: S608 our names
            " ORDER BY no LIMIT ?", date, after, PAGE,
        )  # fmt: skip

    # --- what its own people do ----------------------------------------------------------------

    def forget(self, reference: str) -> int:
        """As if it had never been booked: how many entries of an attempt or refund are gone."""
        return self._store.do("DELETE FROM his_entries WHERE order_reference = ?", reference)

    def plant(self, rows: list[dict[str, Any]]) -> None:
        """Entries that nobody told it of, as clerks make them: `order_reference`, `kind`, `fen`,
        `at` (RFC 3339), and the rest of what is asked of a posting where there is any.
        """
        with self._store.change():
            for row in rows:
                told = {"reference": row["order_reference"], **row}
                self._put(str(row.get("posting") or f"clerk{self._count()}"), told)

    def listing(self) -> list[Row]:
        return self._store.many("SELECT * FROM his_entries ORDER BY no")

    # --- rows ----------------------------------------------------------------------------------

    def _covered(self, asked: dict[str, Any]) -> None:
        """Of a payment that is in the books, no more goes back than came."""
        paid = self._entry(str(asked.get("reverses", "")))
        if paid is None:
            raise No(409, "payment_not_posted", "原收款未入账，不能冲正")
        back = self._store.one(
            "SELECT COALESCE(SUM(fen), 0) AS fen FROM his_entries WHERE reverses = ?",
            paid["posting"],
        ) or {"fen": 0}  # fmt: skip
        if back["fen"] + int(asked["fen"]) > paid["fen"]:
            raise No(409, "more_than_paid", "冲正金额超过原收款")

    def _same(self, known: Row, asked: dict[str, Any]) -> None:
        if (known["fen"], known["kind"]) != (int(asked["fen"]), asked["kind"]):
            raise No(409, "other_entry", "该流水号已用于另一笔入账")

    def _entry(self, posting: str) -> Row | None:
        return self._store.one("SELECT * FROM his_entries WHERE posting = ?", posting)

    def _count(self) -> int:
        row = self._store.one("SELECT COALESCE(MAX(rowid), 0) AS n FROM his_entries")
        return row["n"] if row else 0

    def _put(self, posting: str, asked: dict[str, Any]) -> str:
        at, no = str(asked["at"]), f"H{self._count() + 1:09d}"
        row = {
            "no": no, "posting": posting, "kind": asked["kind"], "fen": int(asked["fen"]),
            "order_no": asked.get("order", ""), "order_reference": asked["reference"],
            "platform": asked.get("platform", ""), "transaction_no": asked.get("transaction", ""),
            "reverses": asked.get("reverses", ""), "refs": " ".join(asked.get("references", ())),
            "at": at, "booked": clock.now(),
            "day": datetime.fromisoformat(at).astimezone(clock.CHINA).date().isoformat(),
        }  # fmt: skip
        self._store.put("his_entries", row)
        return no
