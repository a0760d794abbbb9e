"""The consent page of open.weixin.qq.com: choose a demo person, go back with a code."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wire import WireHandler

_STATE = re.compile(r"[A-Za-z0-9_-]{0,128}")
_SCOPES = ("snsapi_base", "snsapi_userinfo")


class Authorize(WireHandler):
    """`as=<key>` in the query is the tap on a person; without it the page asks."""

    refusal = WechatError

    def get(self) -> None:
        self._judge()
        person = self.who()
        if person is None:
            self.render(
                "authorize.html",
                people=self.choices(),
                name=self.box.config.name,
                here=f"{self.request.path}?{self.request.query}",
                scope=self.get_query_argument("scope"),
            )
            return
        scope = self.get_query_argument("scope")
        code = self.box.tokens.new_code("oauth", person.openid, scope)
        self.redirect(self.back(code))

    def who(self) -> Person | None:
        """The chosen person."""
        return people.by_key(self.get_query_argument("as", ""))

    def choices(self) -> tuple[Person, ...]:
        """Who may be chosen."""
        return people.PEOPLE

    def back(self, code: str) -> str:
        """`redirect_uri` with the code and the state, exactly once each."""
        target = self.get_query_argument("redirect_uri")
        glue = "&" if urlsplit(target).query else "?"
        answer = {"code": code, "state": self.get_query_argument("state", "")}
        return f"{target}{glue}{urlencode(answer)}"

    def _judge(self) -> None:
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
