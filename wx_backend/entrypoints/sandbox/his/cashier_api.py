"""The HIS's side of the contract of bills (docs/bills.md), under `/his`; and `/_ctl/his/bills`."""

from wx_backend.entrypoints.sandbox.control import Control
from wx_backend.entrypoints.sandbox.his import world
from wx_backend.entrypoints.sandbox.his.cashier import Cashier
from wx_backend.entrypoints.sandbox.his.signed import PREFIX, HisHandler

PAGE = 25
ROOT = PREFIX + r"/bills/v1"


class CashierHandler(HisHandler):
    refuses = ("closed", "收费系统日结中")

    @property
    def cashier(self) -> Cashier:
        return self.box.cashier


class Pending(CashierHandler):
    def post(self) -> None:
        asked = self.json_body()
        self.answer({"bills": self.cashier.pending(asked["name"], asked["id_no"])})


class States(CashierHandler):
    def post(self) -> None:
        self.answer({"bills": self.cashier.bills(self.json_body()["bills"])})


class Invoice(CashierHandler):
    def get(self, payment: str) -> None:
        self.answer({"invoice": self.cashier.invoice(payment)})


class Stays(CashierHandler):
    def post(self) -> None:
        asked = self.json_body()
        self.answer({"stays": self.cashier.stays(asked["name"], asked["id_no"])})


class Stay(CashierHandler):
    def get(self, visit_no: str) -> None:
        self.answer(self.cashier.stay(visit_no))


class Day(CashierHandler):
    def get(self, visit_no: str, on: str) -> None:
        self.answer(self.cashier.day(visit_no, on))


class Prices(CashierHandler):
    def get(self) -> None:
        after = int(self.get_query_argument("after", "0"))
        page = world.PRICES[after : after + PAGE]
        more = str(after + PAGE) if after + PAGE < len(world.PRICES) else ""
        self.answer({"prices": list(page), "next": more})


class Bills(Control):
    """`{name, id_no}`: what somebody owes; `{no, state | fen | forget}`: a clerk changes a bill."""

    def post(self) -> None:
        body = self.body()
        if "id_no" in body:
            self.answer(self.box.cashier.pending(str(body.get("name", "")), str(body["id_no"])))
            return
        self.box.cashier.change(str(body.get("no", "")), body)
        self.answer({"ok": True})


class Stayed(Control):
    """`{name, id_no}`: somebody is admitted; `{discharge}`: a stay is over."""

    def post(self) -> None:
        body = self.body()
        if visit_no := body.get("discharge"):
            self.box.cashier.discharge(str(visit_no))
            self.answer({"ok": True})
            return
        visit_no = self.box.cashier.admit(str(body["name"]), str(body["id_no"]))
        self.answer({"visit_no": visit_no})


routes = [
    (ROOT + r"/pending", Pending),
    (ROOT + r"/states", States),
    (ROOT + r"/invoices/([a-z0-9]+)", Invoice),
    (ROOT + r"/stays", Stays),
    (ROOT + r"/stays/([A-Z0-9]+)", Stay),
    (ROOT + r"/stays/([A-Z0-9]+)/days/(\d{4}-\d\d-\d\d)", Day),
    (ROOT + r"/prices", Prices),
    (r"/_ctl/his/bills", Bills),
    (r"/_ctl/his/stays", Stayed),
]
