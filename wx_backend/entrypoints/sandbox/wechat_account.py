"""Tokens, tickets, web login and mini-program login. Source: protocols.md 1.1-1.3 and 2."""

import secrets

from wx_backend.entrypoints.sandbox import clock, people
from wx_backend.entrypoints.sandbox.tokens import LIFETIME, WechatError
from wx_backend.entrypoints.sandbox.wechat_wire import WechatHandler


class _Credential(WechatHandler):
    """Both applications ask here for tokens of their own."""

    open_to_all = True

    def judge(self, kind: str, appid: str, secret: str) -> None:
        if kind != "client_credential":
            raise WechatError(40002, "invalid grant_type")
        self.of_mini = appid == self.box.keys.mini_appid
        self.account_check(appid, secret)


class Token(_Credential):
    def get(self) -> None:
        ask = self.get_query_argument
        self.judge(ask("grant_type", ""), ask("appid", ""), ask("secret", ""))
        self.answer(access_token=self.tokens.classic()["value"], expires_in=LIFETIME)


class StableToken(_Credential):
    def post(self) -> None:
        body = self.json_object()
        self.judge(*(str(body.get(name)) for name in ("grant_type", "appid", "secret")))
        row = self.tokens.stable(body.get("force_refresh") is True)
        left = int(row["expires"] - clock.now())
        self.answer(access_token=row["value"], expires_in=left)


class Ticket(WechatHandler):
    def get(self) -> None:
        if self.get_query_argument("type", "") != "jsapi":
            raise WechatError(40097, "invalid args")
        row = self.box.tokens.ticket()
        left = int(row["expires"] - clock.now())
        self.answer(errcode=0, errmsg="ok", ticket=row["value"], expires_in=left)


class OAuthToken(WechatHandler):
    """Exchange of a login code. The token given here opens only `sns/userinfo`, and a silent
    sign-in (`snsapi_base`) says no unionid.
    """

    open_to_all = True

    def get(self) -> None:
        ask = self.get_query_argument
        self.account_check(ask("appid", ""), ask("secret", ""))
        row = self.box.tokens.use_code("oauth", ask("code", ""))
        person = people.by_openid(row["openid"])
        access = secrets.token_urlsafe(48)
        self.box.store.put(
            "codes",
            row | {"code": access, "kind": "sns", "expires": clock.now() + LIFETIME, "used": 0},
        )
        more = {"is_snapshotuser": 1} if person and person.snapshot else {}
        if row["scope"] == "snsapi_userinfo":
            more |= self.box.mini.union(person)
        self.answer(
            access_token=access, expires_in=LIFETIME, refresh_token=secrets.token_urlsafe(48),
            openid=row["openid"], scope=row["scope"], **more,
        )  # fmt: skip


class UserInfo(WechatHandler):
    open_to_all = True

    def get(self) -> None:
        access = self.get_query_argument("access_token", "")
        row = self.box.store.one("SELECT * FROM codes WHERE code = ? AND kind = 'sns'", access)
        if row is None or row["expires"] <= clock.now():
            raise WechatError(40001, "invalid credential")
        if row["openid"] != self.get_query_argument("openid", ""):
            raise WechatError(40003, "invalid openid")
        if row["scope"] != "snsapi_userinfo":
            raise WechatError(48001, "api unauthorized")
        person = people.by_openid(row["openid"])
        self.answer(
            openid=row["openid"], nickname=person.name if person else "", sex=0, province="",
            city="", country="", headimgurl="", privilege=[], **self.box.mini.union(person),
        )  # fmt: skip


class Follower(WechatHandler):
    """`user/info`: what the account may know of who follows it."""

    def get(self) -> None:
        openid = self.get_query_argument("openid", "")
        person = people.by_openid(openid)
        if person is None:
            raise WechatError(40003, "invalid openid")
        if not self.box.followers.follows(openid):
            self.answer(subscribe=0, openid=openid)
            return
        self.answer(
            subscribe=1, openid=openid, language="zh_CN", subscribe_scene="ADD_SCENE_SEARCH",
            remark="", groupid=0, tagid_list=[], **self.box.mini.union(person),
        )  # fmt: skip


class SessionOfCode(WechatHandler):
    """Mini-program login (`jscode2session`); codes come from `/_ctl/login_code`."""

    open_to_all = of_mini = True

    def get(self) -> None:
        ask = self.get_query_argument
        self.account_check(ask("appid", ""), ask("secret", ""))
        row = self.tokens.use_code("login", ask("js_code", ""))
        union = self.box.mini.union(people.by_mini_openid(row["openid"]))
        self.answer(openid=row["openid"], session_key=secrets.token_urlsafe(16), **union)


class PhoneNumber(WechatHandler):
    """Mini-program's `getPhoneNumber`; codes come from `/_ctl/phone_code`."""

    of_mini = True

    def post(self) -> None:
        row = self.tokens.use_code("phone", str(self.json_object().get("code", "")))
        watermark = {"timestamp": int(clock.now()), "appid": self.box.keys.mini_appid}
        info = {
            "phoneNumber": row["scope"], "purePhoneNumber": row["scope"], "countryCode": "86",
            "watermark": watermark,
        }  # fmt: skip
        self.answer(errcode=0, errmsg="ok", phone_info=info)


class ClearQuota(WechatHandler):
    def post(self) -> None:
        if self.json_object().get("appid") != self.box.keys.appid:
            raise WechatError(40013, "invalid appid")
        self.box.store.forget(("quotas",))
        self.answer(errcode=0, errmsg="ok")


routes = [
    (r"/wx/cgi-bin/token", Token),
    (r"/wx/cgi-bin/stable_token", StableToken),
    (r"/wx/cgi-bin/ticket/getticket", Ticket),
    (r"/wx/cgi-bin/clear_quota", ClearQuota),
    (r"/wx/sns/oauth2/access_token", OAuthToken),
    (r"/wx/sns/userinfo", UserInfo),
    (r"/wx/cgi-bin/user/info", Follower),
    (r"/wx/sns/jscode2session", SessionOfCode),
    (r"/wx/wxa/business/getuserphonenumber", PhoneNumber),
]
