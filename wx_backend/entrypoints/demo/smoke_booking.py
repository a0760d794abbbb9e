"""The first story of the smoke run: a patient books, pays, is told, cancels and is paid back."""

import secrets

from wx_backend.entrypoints.demo.phone import Phone, Sandbox, wait_for
from wx_backend.entrypoints.demo.steps import Story, check

PERSON = "chen-xiaodong"


class Booking(Story):
    about = "预约 A patient books, pays, cancels"
    steps = (
        "sign_in",
        "person",
        "slots",
        "hold",
        "prepay",
        "pay",
        "booked",
        "told_booked",
        "listed",
        "cancel",
        "refund",
        "told_refund",
        "ledger",
    )

    def __init__(self, broken: str | None, phone: str, sandbox: Sandbox):
        super().__init__(broken)
        self.phone, self.sandbox = Phone(phone, PERSON), sandbox

    def begin(self) -> None:
        self.seen["cards_before"] = len(self.sandbox.cards(self.sandbox.openid(PERSON)))

    def sign_in(self) -> str:
        if not self.breaks("sign_in"):
            self.phone.sign_in()
        people = self.phone.people()
        self.seen["openid"] = self.sandbox.openid(PERSON)
        return f"{len(people)} 位就诊人"

    def person(self) -> str:
        people = self.phone.people() if not self.breaks("person") else []
        check(people, "no person to book for")
        self._tidy()
        self.seen["patient"] = people[0]["patient_id"]
        return people[0]["name"]

    def _tidy(self) -> None:
        """Gives back what an earlier run that broke has left, so that limits are free."""
        for left in self.phone.get("appointments")["items"]:
            if left["state"] in ("HELD", "BOOKED"):
                self.phone.post(f"appointments/{left['id']}/cancel")

    def slots(self) -> str:
        slots = self.phone.free_slots("depnone" if self.breaks("slots") else None)
        check(slots, "no free slot")
        self.seen["slot"] = slots[0]
        return f"{len(slots)} 个可约时段"

    def hold(self) -> str:
        slot = "slotnone" if self.breaks("hold") else self.seen["slot"]["id"]
        key = f"smoke-{secrets.token_hex(8)}"
        held, again = (
            self.phone.post("appointments", key, slot=slot, patient=self.seen["patient"])
            for _ in range(2)
        )
        check(held["state"] == "HELD" and held["id"] == again["id"], "not held exactly once")
        self.seen["appointment"] = held["id"]
        self.seen["fee_fen"] = held["fee_fen"]
        return f"{held['serial']} {held['department']} {held['doctor']}"

    def prepay(self) -> str:
        method = "wechat_none" if self.breaks("prepay") else "wechat_jsapi"
        ticket = self.phone.post(f"{self._here()}/payment", method=method)
        self.seen["prepay"] = ticket["jsapi"]["package"].removeprefix("prepay_id=")
        return "JSAPI"

    def pay(self) -> str:
        outcome = "wrong_password" if self.breaks("pay") else "pay"
        self.sandbox.pay(self.seen["prepay"], outcome)
        paid = [o for o in self.sandbox.get("books")["orders"] if self._is_mine(o)]
        check(paid and paid[0]["transaction_id"], "the platform has no money")
        return f"{self.seen['fee_fen']} 分"

    def booked(self) -> str:
        if self.breaks("booked"):
            self.seen["appointment"] = "aptnone"
        wait_for("booked after the notify", lambda: self._appointment()["state"] == "BOOKED")
        return self._appointment()["serial"]

    def told_booked(self) -> str:
        return self._told("预约成功", "told_booked")

    def listed(self) -> str:
        mine = [] if self.breaks("listed") else self.phone.get("appointments")["items"]
        check(any(one["id"] == self.seen["appointment"] for one in mine), "not in my appointments")
        return f"{len(mine)} 个预约"

    def cancel(self) -> str:
        if not self.breaks("cancel"):
            self.phone.post(f"{self._here()}/cancel")
        check(self._appointment()["state"] == "CANCELLED", "not cancelled")
        return "已取消"

    def refund(self) -> str:
        def arrived() -> bool:
            order = self._appointment()["order"]
            wanted = self.seen["fee_fen"] + self.breaks("refund")
            return order["state"] == "REFUNDED" and order["refunded_fen"] == wanted

        wait_for("refund", arrived, 30 if not self.breaks("refund") else 3)
        return f"{self.seen['fee_fen']} 分"

    def told_refund(self) -> str:
        return self._told("退款", "told_refund")

    def ledger(self) -> str:
        books = self.sandbox.get("books")
        mine = [one for one in books["orders"] if self._is_mine(one)]
        numbers = {one["out_trade_no"] for one in mine}
        paid = sum(one["total"] for one in mine if one["transaction_id"])
        back = self.breaks("ledger") + sum(
            one["amount"]
            for one in books["refunds"]
            if one["out_trade_no"] in numbers and one["status"] == "SUCCESS"
        )
        print(
            f"  ledger: held 1 · paid {paid} fen · booked 1 · cancelled 1 · "
            f"refunded {back} fen · messaged {len(self._cards())}"
        )
        check(books["conserved"], "the platform's books do not balance")
        check(paid == back == self.seen["fee_fen"], "paid and refunded differ")
        return "平账 balanced"

    def _told(self, word: str, step: str) -> str:
        """A message in the message centre, and its card on the phone exactly once."""
        wanted = "没有这样的消息" if self.breaks(step) else word

        def carded() -> str | None:
            here = f"/h5/{self._here()}"
            for told in self.phone.messages():
                if wanted in told["title"] and told["link"] == here and told["state"] == "SENT":
                    return told["id"]
            return None

        message = wait_for(f"message {wanted}", carded, 3 if self.breaks(step) else 20)
        cards = [one for one in self._cards() if one["client_msg_id"] == message]
        check(len(cards) == 1, f"{len(cards)} cards for one message")
        return word

    def _cards(self) -> list[dict]:
        return self.sandbox.cards(self.seen["openid"])[self.seen["cards_before"] :]

    def _here(self) -> str:
        return f"appointments/{self.seen['appointment']}"

    def _appointment(self) -> dict:
        return self.phone.get(self._here())

    def _is_mine(self, order: dict) -> bool:
        return order["prepay_id"] == self.seen["prepay"]
