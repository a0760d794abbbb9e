"""How the HIS speaks: verifies the asker's signature before, signs every answer after.

Its contracts are under `/his`.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import HIS, Fault
from wx_backend.entrypoints.sandbox.his.no import No
from wx_backend.entrypoints.sandbox.wire import WireHandler

PREFIX = "/his"
_WINDOW = 300
_SIGNATURE = "X-Wx-Signature"


def _mac(secret: str, *lines: str) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


class HisHandler(WireHandler):
    """Of every contract with the HIS. `refuses`: the code and words of a planned refusal."""

    refusal = No
    refuses = ("refused", "医院系统拒绝")
    _fault: Fault | None = None

    @property
    def fault(self) -> str:
        """The kind of trouble that is planned for this call; empty when there is none."""
        return self._fault.kind if self._fault else ""

    async def prepare(self) -> None:
        await super().prepare()
        if self._finished:
            return
        self._check()
        self._fault = self.box.faults.take(self.endpoint, HIS)
        if self.fault == "his_error":
            raise No(500, "internal", "数据库连接失败")
        if self._fault and self.fault == "his_refuse":
            code, words = self.refuses
            raise No(409, str(self._fault.value or code), words)

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
