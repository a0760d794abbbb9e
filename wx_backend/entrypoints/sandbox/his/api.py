"""The HIS's side of the number contract (docs/his-numbers.md), under `/his`."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import HIS, Fault
from wx_backend.entrypoints.sandbox.his.books import No, Numbers
from wx_backend.entrypoints.sandbox.wire import WireHandler

PREFIX = "/his"
_WINDOW = 300
_SIGNATURE = "X-Wx-Signature"


def _mac(secret: str, *lines: str) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


class NumbersHandler(WireHandler):
    """Verifies the asker's signature before, signs every answer after."""

    refusal = No
    _fault: Fault | None = None

    @property
    def numbers(self) -> Numbers:
        return self.box.numbers

    async def prepare(self) -> None:
        await super().prepare()
        if self._finished:
            return
        self._check()
        self._fault = self.box.faults.take(self.endpoint, HIS)
        if self._fault and self._fault.kind == "his_error":
            raise No(500, "internal", "数据库连接失败")
        if self._fault and self._fault.kind == "his_refuse":
            raise No(409, str(self._fault.value or "taken"), "该号已被占用")

    def _check(self) -> None:
        keys, headers = self.box.keys, self.request.headers
        key, time, nonce, said = (
            headers.get(f"X-Wx-{name}", "") for name in ("Key", "Time", "Nonce", "Signature")
        )
        if key != keys.his_key or not time.isdigit() or abs(clock.now() - int(time)) > _WINDOW:
            raise No(401, "unsigned", "密钥名或时间不正确")
        path = (self.request.uri or "").removeprefix(PREFIX)
        digest = hashlib.sha256(self.request.body).hexdigest()
        expected = _mac(keys.his_secret, self.request.method or "", path, time, nonce, digest)
        if not hmac.compare_digest(said.encode(), expected.encode()):
            raise No(401, "unsigned", "签名不正确")
        if not self.box.store.spend("his", nonce, 1):
            raise No(401, "replayed", "随机串已用过")

    def answer(self, view: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(view, ensure_ascii=False).encode()
        nonce = self.request.headers.get("X-Wx-Nonce", "")
        digest = hashlib.sha256(body).hexdigest()
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header(_SIGNATURE, _mac(self.box.keys.his_secret, str(status), nonce, digest))
        self.reply(body, status)

    def refuse(self, error: Any) -> None:
        told = {"code": error.code, "message": error.message, "holder": error.holder}
        self.answer(told, error.status)


class Lock(NumbersHandler):
    def get(self, key: str) -> None:
        self.answer({"lock": key, "state": self.numbers.state(key)})

    def put(self, key: str) -> None:
        asked = self.json_body()
        place, appointment = asked["place"], str(asked["appointment"])
        kind = self._fault.kind if self._fault else ""
        if kind == "his_counter_first":
            self.numbers.sell(place["slot"], place["number"], place["visit_date"])
        act = self.numbers.lock_twice if kind == "his_twice" else self.numbers.lock
        state = act(key, appointment, place)
        if kind == "his_forget":
            self.numbers.forget(key)
        self.answer({"lock": key, "state": state})


class Act(NumbersHandler):
    def post(self, key: str, act: str) -> None:
        done = self.numbers.confirm(key) if act == "confirm" else self.numbers.release(key)
        if self._fault and self._fault.kind == "his_forget":
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
