"""The HIS's side of the contract of proofs (docs/his-proof.md), under `/his`; what it has sent."""

from wx_backend.entrypoints.sandbox.control import Control
from wx_backend.entrypoints.sandbox.his.proofs import Proofs
from wx_backend.entrypoints.sandbox.his.signed import PREFIX, HisHandler

ROOT = PREFIX + r"/proofs/v1/attempts/([a-z0-9]+)"


class ProofsHandler(HisHandler):
    refuses = ("closed", "核验服务维护中")

    @property
    def proofs(self) -> Proofs:
        return self.box.proofs


class Attempt(ProofsHandler):
    def put(self, key: str) -> None:
        asked = self.json_body()
        to = self.proofs.begin(key, asked["name"], asked["id_no"])
        if self.fault == "his_forget":
            self.proofs.forget(key)
        self.answer({"attempt": key, "to": to})


class Answer(ProofsHandler):
    def post(self, key: str) -> None:
        proven = self.proofs.answer(key, str(self.json_body()["code"]))
        self.answer({"attempt": key, "proven": proven})


class Texts(Control):
    """`GET ?phone=`: the codes that were sent, in their order. `POST {id_no, name, phone}`: what
    the HIS has on file of somebody; without a phone nothing, without a name nobody.
    """

    def get(self) -> None:
        self.answer(self.box.proofs.sent(self.get_query_argument("phone", "")))

    def post(self) -> None:
        body = self.body()
        name, phone = str(body.get("name", "")), str(body.get("phone", ""))
        self.box.proofs.know(str(body["id_no"]), name, phone)
        self.answer({"ok": True})


routes = [
    (ROOT, Attempt),
    (ROOT + r"/answers", Answer),
    (r"/_ctl/his/proofs", Texts),
]
