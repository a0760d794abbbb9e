"""The HIS's cashier: bills, deposits and e-invoices, and what its clerks do at the counter.

A person is known by the number of the identity card, and first heard of when somebody asks. What
was paid online is heard through its books of money: `hear` is one of their checks, so that a
payment is in the books if and only if the bills are paid. Amounts are fen.
"""

import hashlib
import json
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.his import world
from wx_backend.entrypoints.sandbox.his.no import No
from wx_backend.entrypoints.sandbox.store import Row, Store

INVOICE_ISSUER = "99060126"


class Cashier:
    def __init__(self, store: Store) -> None:
        self._store = store

    # --- what the platform asks ----------------------------------------------------------------

    def pending(self, name: str, id_no: str) -> list[dict[str, Any]]:
        person = self._meet(name, id_no)
        rows = self._store.many(
            "SELECT * FROM his_bills WHERE person = ? AND state = 'PENDING' ORDER BY rowid", person
        )
        return [_shown(row) for row in rows]

    def bills(self, nos: list[str]) -> list[dict[str, Any]]:
        return [_shown(row) for no in nos if (row := self._bill(no))]

    def invoice(self, payment: str) -> dict[str, Any] | None:
        """Of the bills that a payment has paid; issued with it."""
        rows = self._paid_with(payment)
        if not rows:
            return None
        number = f"{world.draw(payment, 'invoice') % 10**10:010d}"
        return {
            "code": INVOICE_ISSUER,
            "number": number,
            "check_code": hashlib.sha256(payment.encode()).hexdigest()[:6],
            "fen": sum(row["fen"] for row in rows),
            "issued_at": clock.rfc3339(max(row["paid_at"] for row in rows)),
            "url": f"https://einvoice.invalid/{INVOICE_ISSUER}/{number}",
        }

    def stays(self, name: str, id_no: str) -> list[dict[str, Any]]:
        person = self._meet(name, id_no)
        rows = self._store.many("SELECT * FROM his_stays WHERE person = ?", person)
        return [self._stay_shown(row) for row in rows]

    def stay(self, visit_no: str) -> dict[str, Any]:
        """Raises No: no_such_stay."""
        return self._stay_shown(self._stay(visit_no))

    def day(self, visit_no: str, on: str) -> dict[str, Any]:
        """Raises No: no_such_stay."""
        row = self._stay(visit_no)
        asked = date.fromisoformat(on)
        inside = date.fromisoformat(row["admitted_on"]) <= asked <= self._last_day()
        items = world.day(visit_no, on) if inside else []
        return {"day": on, "items": items, "fen": sum(item["fen"] for item in items)}

    def hear(self, asked: dict[str, Any]) -> None:
        """Money has come or gone: bills are paid or owed again, a deposit grows or shrinks.

        Raises No: none of the bills can be paid any more, or no such stay.
        """
        kind, payment = asked["purpose"]["kind"], str(asked["purpose"]["id"])
        if kind == "deposit":
            self._deposit(asked)
        elif kind == "bill" and asked["kind"] == "PAID":
            nos, shown = asked.get("references", ()), asked.get("amounts", ())
            self._pay(payment, dict(zip_longest(nos, shown)))
        elif kind == "bill":
            paid = self._paid_with(payment)
            back = int(asked["fen"]) + int(asked.get("insured_fen", 0))
            if sum(row["fen"] for row in paid) == back:
                self._store.do(
                    "UPDATE his_bills SET state = 'PENDING', paid_with = '' WHERE paid_with = ?",
                    payment,
                )

    # --- what its own people do ----------------------------------------------------------------

    def change(self, no: str, changed: dict[str, Any]) -> None:
        """A clerk changes a bill's `state` or its amount (`fen`), or it is as if it had never been
        (`forget`). Raises ValueError: there is no such bill.
        """
        if self._bill(no) is None:
            raise ValueError(f"no bill {no!r}")
        if changed.get("forget"):
            self._store.do("DELETE FROM his_bills WHERE no = ?", no)
        if "state" in changed:
            self._store.do("UPDATE his_bills SET state = ? WHERE no = ?", changed["state"], no)
        if "fen" in changed:
            self._store.do("UPDATE his_bills SET fen = ? WHERE no = ?", int(changed["fen"]), no)

    def admit(self, name: str, id_no: str) -> str:
        """The person is an inpatient: the number of the stay."""
        person = self._meet(name, id_no)
        made = world.stay(name, id_no, clock.now())
        self._store.put("his_stays", {"person": person, **made})
        return made["visit_no"]

    def discharge(self, visit_no: str) -> None:
        today = clock.today()
        self._store.do("UPDATE his_stays SET discharged_on = ? WHERE visit_no = ?", today, visit_no)

    # --- rows ----------------------------------------------------------------------------------

    def _meet(self, name: str, id_no: str) -> str:
        """The key of a person; who is new gets what the world has for them."""
        person = hashlib.sha256(id_no.encode()).hexdigest()
        if self._store.one("SELECT no FROM his_bills WHERE person = ?", person):
            return person
        now = clock.now()
        for bill in world.bills(id_no, now):
            fen = sum(item["fen"] for item in bill["items"])
            row = {"no": bill["no"], "person": person, "fen": fen, "body": json.dumps(bill)}
            self._store.put("his_bills", {**row, "state": "PENDING", "paid_with": ""})
        if world.is_inpatient(id_no):
            self._store.put("his_stays", {"person": person, **world.stay(name, id_no, now)})
        return person

    def _pay(self, payment: str, shown: dict[str, int | None]) -> None:
        """Bills that are still what was shown: a clerk may have changed the amount since."""
        paid = 0
        for no, fen in shown.items():
            paid += self._store.do(
                "UPDATE his_bills SET state = 'PAID', paid_with = ?, paid_at = ?"
                " WHERE no = ? AND state = 'PENDING' AND fen = coalesce(?, fen)",
                payment, clock.now(), no, fen,
            )  # fmt: skip
        if not paid:
            raise No(409, "bill_not_pending", "账单已缴或已作废")

    def _deposit(self, asked: dict[str, Any]) -> None:
        sign = 1 if asked["kind"] == "PAID" else -1
        touched = self._store.do(
            "UPDATE his_stays SET deposit_fen = deposit_fen + ?"
            " WHERE visit_no = ? AND (discharged_on IS NULL OR ? < 0)",
            sign * int(asked["fen"]), str(asked["references"][0]), sign,
        )  # fmt: skip
        if not touched:
            raise No(409, "stay_over", "该次住院已结束，不能再缴预交金")

    def _bill(self, no: str) -> Row | None:
        return self._store.one("SELECT * FROM his_bills WHERE no = ?", no)

    def _paid_with(self, payment: str) -> list[Row]:
        return self._store.many("SELECT * FROM his_bills WHERE paid_with = ?", payment)

    def _stay(self, visit_no: str) -> Row:
        row = self._store.one("SELECT * FROM his_stays WHERE visit_no = ?", visit_no)
        if row is None:
            raise No(404, "no_such_stay", "没有这个住院号")
        return row

    def _stay_shown(self, row: Row) -> dict[str, Any]:
        shown = {name: value for name, value in row.items() if name != "person"}
        day, spent = date.fromisoformat(row["admitted_on"]), 0
        while day <= self._last_day():
            spent += sum(one["fen"] for one in world.day(row["visit_no"], day.isoformat()))
            day += timedelta(days=1)
        return {**shown, "spent_fen": spent}

    @staticmethod
    def _last_day() -> date:
        """Lists are closed at midnight: yesterday's is the last one."""
        return date.fromisoformat(clock.today()) - timedelta(days=1)


def _shown(row: Row) -> dict[str, Any]:
    changing = {name: row[name] for name in ("fen", "state", "paid_with")}
    return {**json.loads(row["body"]), **changing}
