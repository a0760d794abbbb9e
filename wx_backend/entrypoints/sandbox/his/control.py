"""`/_ctl/his`: the HIS's own books, its clerks at the counter, and what it may forget."""

from wx_backend.entrypoints.sandbox.control import Control


class Books(Control):
    def get(self) -> None:
        self.answer(self.box.numbers.listing())


class Counter(Control):
    """`{slot, number, visit_date}`: a clerk gives a number out; with `back` it is free again."""

    def post(self) -> None:
        body = self.body()
        slot, number = str(body.get("slot", "")), int(body.get("number", 0))
        if body.get("back"):
            self.box.numbers.take_back(slot, number)
        else:
            self.box.numbers.sell(slot, number, str(body.get("visit_date", "")))
        self.answer({"ok": True})


class Forget(Control):
    """`{lock}`: as if it had never been."""

    def post(self) -> None:
        self.box.numbers.forget(str(self.body().get("lock", "")))
        self.answer({"ok": True})


class Entries(Control):
    """Its books of money. `POST {rows}`: clerks make entries; `{forget}`: an attempt's or refund's
    are gone.
    """

    def get(self) -> None:
        self.answer(self.box.accounts.listing())

    def post(self) -> None:
        body = self.body()
        if reference := body.get("forget"):
            self.box.accounts.forget(str(reference))
        self.box.accounts.plant(body.get("rows", []))
        self.answer({"ok": True})


routes = [
    (r"/_ctl/his/books", Books),
    (r"/_ctl/his/counter", Counter),
    (r"/_ctl/his/forget", Forget),
    (r"/_ctl/his/entries", Entries),
]
