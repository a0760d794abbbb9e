"""The consent page of open.weixin.qq.com: choose a demo person, go back with a code."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wire import WireHandler

_STATE = re.compile(r"[A-Za-z0-9_-]{0,128}")
SILENT = ("snsapi_base", "auth_base")
"""Scopes that give no more than an id, for which nobody inside the app is asked."""
_SCOPES = ("snsapi_base", "snsapi_userinfo")


class Authorize(WireHandler):
    """`as=<key>` in the query is the tap on a person; without it the page asks.

    client: what the page calls itself.
    """

    refusal = WechatError
    client = "微信"

    def get(self) -> None:
        self.judge()
        person = self.who()
        if person is None:
            self.render(
                "authorize.html",
                people=self.choices(),
                name=self.box.config.name,
                client=self.client,
                here=f"{self.request.path}?{self.request.query}",
                silent=self.get_query_argument("scope") in SILENT,
            )
            return
        self.redirect(self.back(self.code_for(person)))

    def code_for(self, person: Any) -> str:
        """What the web exchanges for the person's identity."""
        scope = self.get_query_argument("scope")
        return self.box.tokens.new_code("oauth", person.openid, scope)

    def find(self, key: str) -> Any:
        """The person of this key; None when there is none."""
        return people.by_key(key)

    def who(self) -> Any:
        """The chosen person."""
        return self.find(self.get_query_argument("as", ""))

    def choices(self) -> tuple[Any, ...]:
        """Who may be chosen."""
        return people.PEOPLE

    def back(self, code: str) -> str:
        """`redirect_uri` with the code and the state, exactly once each."""
        target = self.get_query_argument("redirect_uri")
        glue = "&" if urlsplit(target).query else "?"
        return f"{target}{glue}{urlencode(self.told(code))}"

    def told(self, code: str) -> dict[str, str]:
        """What goes back with the browser."""
        return {"code": code, "state": self.get_query_argument("state", "")}

    def judge(self) -> None:
        """Refuse what the platform would refuse."""
        ask = self.get_query_argument
        if ask("appid", "") != self.box.keys.appid:
            raise WechatError(10012, "appid 参数错误")
        if not urlsplit(ask("redirect_uri", "")).scheme.startswith("http"):
            raise WechatError(10003, "redirect_uri 域名与后台配置不一致")
        if ask("response_type", "") != "code" or ask("scope", "") not in _SCOPES:
            raise WechatError(10005, "该公众号没有这些 scope 的权限")
        if not _STATE.fullmatch(ask("state", "")):
            raise WechatError(10004, "state 参数错误")

    def refuse(self, error: Any) -> None:
        self.set_status(200)
        self.render("refused.html", title="授权失败", text=str(error))


routes = [(r"/open/connect/oauth2/authorize", Authorize)]
