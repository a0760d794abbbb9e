"""The HIS's side of the contract of accounts (docs/his-accounts.md), under `/his`."""

from wx_backend.entrypoints.sandbox.his.accounts import PAGE, Accounts
from wx_backend.entrypoints.sandbox.his.signed import PREFIX, HisHandler


class AccountsHandler(HisHandler):
    refuses = ("closed_period", "该日已结账")

    @property
    def accounts(self) -> Accounts:
        return self.box.accounts


class Entry(AccountsHandler):
    def get(self, posting: str) -> None:
        self.answer({"posting": posting, "entry": self.accounts.entry(posting)})

    def put(self, posting: str) -> None:
        asked = self.json_body()
        act = self.accounts.post_twice if self.fault == "his_twice" else self.accounts.post
        entry = act(posting, asked)
        if self.fault == "his_forget":
            self.accounts.forget(asked["reference"])
        self.answer({"posting": posting, "entry": entry})


class Day(AccountsHandler):
    def get(self, date: str) -> None:
        rows = self.accounts.day(date, self.get_query_argument("after", ""))
        more = rows[-1]["no"] if len(rows) == PAGE else ""
        self.answer({"date": date, "entries": rows, "next": more})


routes = [
    (PREFIX + r"/accounts/v1/entries/([a-z0-9]+)", Entry),
    (PREFIX + r"/accounts/v1/days/(\d{4}-\d\d-\d\d)", Day),
]
