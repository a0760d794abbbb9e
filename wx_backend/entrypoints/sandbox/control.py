"""`/_ctl`: what a test, a drill or a ledger asks of the sandbox itself. No platform has this."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient
from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import books, callback_wire, envelope, people
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.cash_desk import OUTCOMES
from wx_backend.entrypoints.sandbox.faults import Fault
from wx_backend.entrypoints.sandbox.pay_rules import PayError
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.store import TABLES

_CLEARABLE = {
    "books": ("orders", "refunds", "ledger"),
    "alipay": ("alipay_trades", "alipay_refunds", "alipay_ledger"),
    "bills": ("bill_lines",),
    "callbacks": ("callbacks",),
    "messages": ("messages", "consents", "talk"),
    "wecom": ("wecom_messages", "wecom_deliveries", "wecom_codes"),
    "sms": ("texts",),
    "lis": ("lis_confirmations",),
    "his": ("his_numbers", "his_entries", "his_bills", "his_stays", "his_people", "his_proofs"),
    "tokens": ("tokens", "codes", "quotas"),
    "all": TABLES,
}


class Control(RequestHandler):
    """JSON in, JSON out; anything wrong is 400 with `{"error": words}`."""

    def initialize(self, box: Box) -> None:
        self.box = box

    def body(self) -> dict[str, Any]:
        return json.loads(self.request.body or b"{}")

    def person(self) -> Person:
        key = str(self.body().get("person", ""))
        person = people.by_key(key) or people.by_openid(key) or people.by_mini_openid(key)
        if person is None:
            raise ValueError(f"no person {key!r}")
        return person

    def answer(self, view: Any) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(view, ensure_ascii=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, ValueError | TypeError | PayError):
            self.set_status(400)
        self.answer({"error": str(error)})

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, ValueError | TypeError | PayError):
            super().log_exception(typ, value, tb)


class Faults(Control):
    """GET lists, POST adds `{endpoint, kind, times, probability, after, value}`, DELETE clears."""

    def get(self) -> None:
        self.answer(self.box.faults.listing())

    def post(self) -> None:
        self.box.faults.add(Fault(**self.body()))
        self.answer({"ok": True})

    def delete(self) -> None:
        self.box.faults.clear()
        self.answer({"ok": True})


class Journal(Control):
    """Calls counted since the start, messages accepted and callbacks with their answers."""

    def get(self) -> None:
        store = self.box.store
        self.answer(
            {
                "calls": dict(self.box.calls),
                "messages": books.messages(store, self.get_query_argument("openid", None)),
                "callbacks": books.callbacks(store),
            }
        )


class Books(Control):
    def get(self) -> None:
        self.answer(books.books(self.box.store))


class Pay(Control):
    """A payer's act without a page: `{prepay_id | out_trade_no, outcome, person?}`."""

    def post(self) -> None:
        body = self.body()
        column = "prepay_id" if "prepay_id" in body else "out_trade_no"
        order = self.box.desk.order(column, str(body.get(column, "")))
        outcome = body.get("outcome", "pay")
        if outcome not in OUTCOMES:
            raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}")
        if outcome == "pay":
            order = self.box.desk.pay(order, self.person().openid if "person" in body else None)
        self.answer({"outcome": outcome, "order": self.box.desk.view(order)})


class People(Control):
    def get(self) -> None:
        self.answer(
            [
                {
                    "key": person.key, "name": person.name, "about": person.about,
                    "openid": person.openid, "mini_openid": person.mini_openid,
                    "snapshot": person.snapshot,
                    "follows": self.box.followers.follows(person.openid),
                }
                for person in people.PEOPLE
            ]
        )  # fmt: skip


class LoginCode(Control):
    """What `wx.login` gives a mini-program of `{person}`."""

    def post(self) -> None:
        self.answer({"code": self.box.tokens.new_code("login", self.person().mini_openid, "")})


class PhoneCode(Control):
    """What the `getPhoneNumber` button gives a mini-program of `{person, phone?}`."""

    def post(self) -> None:
        person = self.person()
        phone = str(self.body().get("phone", "")) or person.phone
        self.answer({"code": self.box.tokens.new_code("phone", person.mini_openid, phone)})


class Follow(Control):
    """`{person, follows}`: follow or leave the service account."""

    def post(self) -> None:
        person = self.person()
        self.box.followers.set(person.openid, bool(self.body().get("follows", True)))
        self.answer({"follows": self.box.followers.follows(person.openid)})


class Subscribe(Control):
    """What the mini-program's `wx.requestSubscribeMessage` answers when `{person}` accepts, or not,
    `{templates}` (ids): each template's answer. With `off` the person turns them off later.
    """

    def post(self) -> None:
        body, person = self.body(), self.person()
        templates = [str(one) for one in body.get("templates", ())]
        if unknown := set(templates) - self.box.templates.keys():
            raise ValueError(f"no templates {sorted(unknown)}")
        if body.get("off"):
            for one in templates:
                self.box.consents.switch_off(person.mini_openid, one)
            self.answer(dict.fromkeys(templates, "reject"))
            return
        accepted = bool(body.get("accept", True))
        self.answer(self.box.consents.answer(person.mini_openid, templates, accepted))


class OpenPlatform(Control):
    """`{tied}`: whether both applications hang on one open platform, which tells unionids."""

    def post(self) -> None:
        tied = bool(self.body().get("tied", True))
        self.box.mini.tie(tied)
        self.answer({"tied": tied})


class Server(Control):
    """The account's server configuration: `{url}` is verified by an echo and then kept. With `mini`
    it is the mini-program's.
    """

    async def post(self) -> None:
        body, keys = self.body(), self.box.keys
        url, mini = str(body.get("url", "")), bool(body.get("mini"))
        echo = str(secrets.randbelow(10**16))
        token = keys.mini_token if mini else keys.token
        query = callback_wire.verification(token) | {"echostr": echo}
        answer = await AsyncHTTPClient().fetch(
            f"{url}?{urlencode(query)}", raise_error=False, request_timeout=5
        )
        if answer.code != 200 or answer.body.decode("utf-8", "replace") != echo:
            raise ValueError(f"{url} did not echo: HTTP {answer.code}")
        told = self.box.mini if mini else self.box.followers
        told.server = url
        self.answer({"ok": True})

    def get(self) -> None:
        self.answer({"url": self.box.followers.server})


class JsSignature(Control):
    """What `wx.config` of the real client would accept: `{noncestr, timestamp, url}`."""

    def post(self) -> None:
        body = self.body()
        ticket = self.box.store.one("SELECT value FROM tokens WHERE kind = 'ticket'")
        if ticket is None:
            raise ValueError("no ticket was fetched yet")
        parts = (str(body["noncestr"]), str(body["timestamp"]), str(body["url"]))
        self.answer({"signature": envelope.js_signature(ticket["value"], *parts)})


class Clear(Control):
    """Forget `{what}`: a key of `_CLEARABLE`, faults or calls, or a list of them, in their order;
    all by default.
    """

    async def post(self) -> None:
        wanted = self.body().get("what", "all")
        for what in wanted if isinstance(wanted, list) else [wanted]:
            await self._clear(str(what))
        self.answer({"ok": True})

    async def _clear(self, what: str) -> None:
        if what in ("faults", "all"):
            self.box.faults.clear()
        if what in ("calls", "all"):
            self.box.calls.clear()
        if what in ("callbacks", "all"):
            await self.box.callbacks.forget()
        if what in _CLEARABLE:
            self.box.store.forget(_CLEARABLE[what])
        elif what not in ("faults", "calls"):
            raise ValueError(f"cannot clear {what!r}")


class Health(Control):
    def get(self) -> None:
        self.answer({"ok": True})


routes = [
    (r"/_ctl/faults", Faults),
    (r"/_ctl/journal", Journal),
    (r"/_ctl/books", Books),
    (r"/_ctl/pay", Pay),
    (r"/_ctl/people", People),
    (r"/_ctl/login_code", LoginCode),
    (r"/_ctl/phone_code", PhoneCode),
    (r"/_ctl/follow", Follow),
    (r"/_ctl/subscribe", Subscribe),
    (r"/_ctl/open_platform", OpenPlatform),
    (r"/_ctl/server", Server),
    (r"/_ctl/js_signature", JsSignature),
    (r"/_ctl/clear", Clear),
    (r"/_ctl/health", Health),
]
