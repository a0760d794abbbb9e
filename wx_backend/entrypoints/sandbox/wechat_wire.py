"""Base of both Tencent APIs: answers are HTTP 200 with `errcode`, calls carry an access_token."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox.faults import WECHAT, Fault
from wx_backend.entrypoints.sandbox.tokens import Tokens, WechatError
from wx_backend.entrypoints.sandbox.wire import WireHandler

WORDS = {
    40001: "invalid credential, access_token is invalid or not latest",
    40014: "invalid access_token",
    42001: "access_token expired",
    40037: "invalid template_id",
    40164: "invalid ip 127.0.0.1, not in whitelist",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    47003: "argument invalid! data.thing1.value invalid",
    -1: "system error",
}
CODE_OF = {
    "token_expired": 40001, "rate_limit": 45009, "busy": -1, "refused": 43004,
    "bad_template": 40037, "ip_denied": 40164,
}  # fmt: skip


class WechatHandler(WireHandler):
    """`open_to_all`: endpoints that are asked without an access_token; `of_mini`: those that the
    mini-program's opens, and not the service account's.

    code_of: the errcode of a fault that names none; words: what is said with an errcode.
    """

    refusal = WechatError
    open_to_all = of_mini = False
    code_of, words = CODE_OF, WORDS

    @property
    def tokens(self) -> Tokens:
        """Who judges this API's access tokens."""
        return self.box.mini.tokens if self.of_mini else self.box.tokens

    async def prepare(self) -> None:
        await super().prepare()
        if self._finished:
            return
        fault = self.box.faults.take(self.endpoint, WECHAT)
        if fault:
            self._strike(fault)
        if not self.open_to_all:
            self.tokens.check(self.get_query_argument("access_token", ""))

    def _strike(self, fault: Fault) -> None:
        if fault.kind == "token_rotated":
            self.tokens.rotate()
            return
        code = int(fault.value or self.code_of[fault.kind])
        raise WechatError(code, self.words.get(code, fault.kind))

    def account_check(self, appid: str, secret: str) -> None:
        """Judge appid and secret of the application that this endpoint is of: 40013, 40125."""
        keys = self.box.keys
        own = (keys.mini_appid, keys.mini_secret) if self.of_mini else (keys.appid, keys.secret)
        if appid != own[0]:
            raise WechatError(40013, "invalid appid")
        if secret != own[1]:
            raise WechatError(40125, "invalid appsecret")

    def json_object(self) -> dict[str, Any]:
        body = self.json_body()
        if not isinstance(body, dict):
            raise WechatError(47001, "data format error")
        return body

    def answer(self, **fields: Any) -> None:
        self.set_header("Content-Type", "application/json; encoding=utf-8")
        self.reply(json.dumps(fields, ensure_ascii=False).encode())

    def refuse(self, error: Any) -> None:
        self.answer(errcode=error.errcode, errmsg=error.errmsg)
