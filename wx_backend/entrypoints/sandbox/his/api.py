"""The HIS's side of the number contract (docs/his-numbers.md), under `/his`."""

from wx_backend.entrypoints.sandbox.his.books import Numbers
from wx_backend.entrypoints.sandbox.his.signed import PREFIX, HisHandler


class NumbersHandler(HisHandler):
    refuses = ("taken", "该号已被占用")

    @property
    def numbers(self) -> Numbers:
        return self.box.numbers


class Lock(NumbersHandler):
    def get(self, key: str) -> None:
        self.answer({"lock": key, "state": self.numbers.state(key)})

    def put(self, key: str) -> None:
        asked = self.json_body()
        place, appointment = asked["place"], str(asked["appointment"])
        if self.fault == "his_counter_first":
            self.numbers.sell(place["slot"], place["number"], place["visit_date"])
        act = self.numbers.lock_twice if self.fault == "his_twice" else self.numbers.lock
        state = act(key, appointment, place)
        if self.fault == "his_forget":
            self.numbers.forget(key)
        self.answer({"lock": key, "state": state})


class Act(NumbersHandler):
    def post(self, key: str, act: str) -> None:
        done = self.numbers.confirm(key) if act == "confirm" else self.numbers.release(key)
        if self.fault == "his_forget":
            self.numbers.forget(key)
        self.answer({"lock": key, "state": done})


class Day(NumbersHandler):
    def get(self, date: str) -> None:
        self.answer({"date": date, "numbers": self.numbers.day(date)})


routes = [
    (PREFIX + r"/numbers/v1/locks/([a-z0-9]+)", Lock),
    (PREFIX + r"/numbers/v1/locks/([a-z0-9]+)/(confirm|release)", Act),
    (PREFIX + r"/numbers/v1/days/(\d{4}-\d\d-\d\d)", Day),
]
