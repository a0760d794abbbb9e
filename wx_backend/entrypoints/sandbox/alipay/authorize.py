"""The consent page of openauth.alipay.com: choose a demo person, go back with an auth_code."""

import re
from urllib.parse import urlsplit

from wx_backend.entrypoints.sandbox.alipay import payers
from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, invalid
from wx_backend.entrypoints.sandbox.authorize import Authorize
from wx_backend.entrypoints.sandbox.people import Person

_STATE = re.compile(r"[A-Za-z0-9]{0,100}")
_SCOPES = ("auth_base", "auth_user")


class AlipayAuthorize(Authorize):
    refusal = AlipayError
    client = "支付宝"

    def judge(self) -> None:
        ask = self.get_query_argument
        if ask("app_id", "") != self.box.keys.alipay_app_id:
            raise invalid("invalid-app-id", "无效的AppID参数")
        if not urlsplit(ask("redirect_uri", "")).scheme.startswith("http"):
            raise invalid("invalid-parameter", "redirect_uri 与授权回调地址不一致")
        if ask("scope", "") not in _SCOPES:
            raise invalid("invalid-parameter", "scope 参数错误")
        if not _STATE.fullmatch(ask("state", "")):
            raise invalid("invalid-parameter", "state 只能是字母和数字")

    def code_for(self, person: Person) -> str:
        scope = self.get_query_argument("scope")
        return self.box.tokens.new_code("alipay", payers.open_id(person), scope)

    def told(self, code: str) -> dict[str, str]:
        ask = self.get_query_argument
        return {
            "app_id": ask("app_id"), "source": "alipay_wallet", "scope": ask("scope"),
            "auth_code": code, "state": ask("state", ""),
        }  # fmt: skip


routes = [(r"/open/alipay/oauth2/publicAppAuthorize\.htm", AlipayAuthorize)]
