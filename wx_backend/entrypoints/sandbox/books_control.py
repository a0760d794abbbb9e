"""`/_ctl/books/…`: a test or drill writes the platforms' books itself, right or wrong."""

from dataclasses import replace

from wx_backend.entrypoints.sandbox.bill_entries import (
    ALIPAY,
    WECHAT_PAY,
    Entry,
    add_line,
    entries,
)
from wx_backend.entrypoints.sandbox.bill_shelf import AT_ONCE
from wx_backend.entrypoints.sandbox.control import Control

_KEYS = {
    "orders": ("out_trade_no",),
    "refunds": ("out_refund_no",),
    "ledger": ("reference",),
    "alipay_trades": ("out_trade_no",),
    "alipay_refunds": ("out_trade_no", "out_request_no"),
    "alipay_ledger": ("reference",),
    "his_entries": ("no",),
}
"""Tables that can be written, and what finds a row in each."""


class Rows(Control):
    """`{table, rows}`: put whole rows, or, with `change`, `{key: …, column: …}` into existing ones;
    with `forget`, take rows with these keys away."""

    def post(self) -> None:
        body, store = self.body(), self.box.store
        table = str(body.get("table", ""))
        if table not in _KEYS:
            raise ValueError(f"tables: {', '.join(_KEYS)}")
        found = " AND ".join(f"{name} = ?" for name in _KEYS[table])
        with store.change():
            for row in body.get("rows", ()):
                store.put(table, row)
            for row in body.get("change", ()):
                keys = [row[name] for name in _KEYS[table]]
                sets = {name: value for name, value in row.items() if name not in _KEYS[table]}
                marks = ", ".join(f"{name} = ?" for name in sets)
                store.do(
                    f"UPDATE {table} SET {marks} WHERE {found}",  # noqa: S608 our names
                    *sets.values(), *keys,
                )  # fmt: skip
            for row in body.get("forget", ()):
                keys = [row[name] for name in _KEYS[table]]
                store.do(f"DELETE FROM {table} WHERE {found}", *keys)  # noqa: S608 our names
        self.answer({"ok": True})


class Lines(Control):
    """A line that a bill has beyond the books: `{platform, again: number}` lists a payment or
    refund twice; `{platform, entry}` adds one that nobody made."""

    def post(self) -> None:
        body = self.body()
        platform = str(body.get("platform", ""))
        if platform not in (WECHAT_PAY, ALIPAY):
            raise ValueError(f"platform is {WECHAT_PAY} or {ALIPAY}")
        entry = Entry(**body["entry"]) if "entry" in body else self._known(platform)
        add_line(self.box.store, platform, entry)
        self.answer({"ok": True})

    def _known(self, platform: str) -> Entry:
        number = str(self.body().get("again", ""))
        for one in entries(self.box.store, platform, float("inf")):
            if number == (one.request_no if one.refund else one.number):
                return replace(one)
        raise ValueError(f"no line {number!r}")


class Bills(Control):
    """`{at_once}`: bills of the running day are given out too."""

    def post(self) -> None:
        self.box.store.remember(AT_ONCE, "yes" if self.body().get("at_once") else "")
        self.answer({"ok": True})


routes = [
    (r"/_ctl/books/rows", Rows),
    (r"/_ctl/books/lines", Lines),
    (r"/_ctl/books/bills", Bills),
]
