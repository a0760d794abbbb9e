"""The phone itself under `/__wechat/`: conversation, menu, owner, WeChat's own pages."""

import html
import json
import re
from typing import Any

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import books, people, talk
from wx_backend.entrypoints.sandbox.authorize import SILENT, Authorize
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.phone import codes
from wx_backend.entrypoints.sandbox.phone.owner import WECHAT, Client
from wx_backend.entrypoints.sandbox.phone.proxy import inside
from wx_backend.entrypoints.sandbox.wecom.members import Member

_LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
DEFAULT_MENU = [
    {"type": "view", "name": "预约挂号", "url": "/h5/"},
    {"type": "view", "name": "我的预约", "url": "/h5/appointments"},
    {"type": "view", "name": "我的", "url": "/h5/people"},
]


class PhoneHandler(RequestHandler):
    """A page or a call of one app on the phone."""

    client: Client = WECHAT

    def initialize(self, box: Box, platform_port: int) -> None:
        self.box, self.platform_port = box, platform_port

    def answer(self, view: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(view, ensure_ascii=False))

    def body(self) -> dict[str, Any]:
        return json.loads(self.request.body)

    def inside(self, url: str) -> str:
        return inside(url, self.box, self.request.host, self.platform_port)

    def menu(self) -> list[dict[str, Any]]:
        """The account's buttons; those of a new account until it has made its own."""
        return self.box.followers.menu or DEFAULT_MENU


class Page(PhoneHandler):
    def get(self) -> None:
        self.render("phone.html", name=self.box.config.name)


class State(PhoneHandler):
    """All that the phone shows; asked twice a second."""

    def get(self) -> None:
        person = self.client.owner(self)
        openid = person.openid if person else ""
        told = self._told(person) if person else []
        self.answer(
            {
                "person": _card(person) if person else None,
                "people": [_card(each) for each in people.PEOPLE],
                "follows": self.box.followers.follows(openid),
                "menu": [self._entry(button) for button in self.menu()],
                "codes": codes.wechat(self.box.store),
                "messages": sorted(told, key=lambda one: one["at"]),
            }
        )

    def _entry(self, button: dict[str, Any]) -> dict[str, Any]:
        """A button with its sub-buttons; one that opens a page has its address."""
        below = [self._entry(one) for one in button.get("sub_button") or ()]
        url = self.inside(button["url"]) if button.get("type") == "view" else ""
        return {"name": button["name"], "url": url, "below": below}

    def _told(self, person: people.Person) -> list[dict[str, Any]]:
        """Messages of both applications, answers of the account, and what its user wrote."""
        store = self.box.store
        sent = [*books.messages(store, person.openid), *books.messages(store, person.mini_openid)]
        talked = talk.conversation(store, person.openid)
        return [self._message(row) for row in sent] + [self._answer(row) for row in talked]

    def _answer(self, row: dict[str, Any]) -> dict[str, Any]:
        content = row["content"]
        url = self.inside(content["url"]) if content.get("url") else ""
        title = content.get("title", "")
        return {
            "id": row["id"], "at": row["at"], "kind": row["kind"], "title": title, "rows": [],
            "text": self._linked(content["text"]), "url": url,
        }  # fmt: skip

    def _linked(self, text: str) -> list[dict[str, str]]:
        """A text and the links in it: `{text, url}` each."""
        parts = _LINK.split(text)
        plain = [{"text": part, "url": ""} for part in parts[::3]]
        links = [
            {"text": html.unescape(words), "url": self.inside(html.unescape(url))}
            for url, words in zip(parts[1::3], parts[2::3], strict=True)
        ]
        both = [one for pair in zip(plain, [*links, None], strict=True) for one in pair if one]
        return [one for one in both if one["text"]]

    def _message(self, row: dict[str, Any]) -> dict[str, Any]:
        template = self.box.templates[row["template_id"]]
        return {
            "id": row["msgid"],
            "at": row["at"],
            "kind": "template",
            "text": [],
            "title": template.title,
            "rows": [[label, row["data"][key]["value"]] for key, label in template.fields.items()],
            "url": self.inside(row["url"]) if row["url"] else "",
        }


class Owner(PhoneHandler):
    """Hand the phone to `{person}`."""

    def post(self) -> None:
        person = self.client.find(str(self.body().get("person")))
        if person is None:
            self.send_error(400)
            return
        self.client.leave_web(self)
        self.client.become(self, person)
        self.answer({"person": person.key})


class Follow(PhoneHandler):
    """The owner taps 关注 or leaves: `{follows}`."""

    def post(self) -> None:
        person = self.client.owner(self)
        if person is None:
            self.send_error(403)
            return
        self.box.followers.set(person.openid, bool(self.body().get("follows")))
        self.answer({"follows": self.box.followers.follows(person.openid)})


class Say(PhoneHandler):
    """The owner writes `{text}` to the account."""

    def post(self) -> None:
        person, text = self.client.owner(self), str(self.body().get("text", "")).strip()
        if person is None or not text:
            self.send_error(403 if person is None else 400)
            return
        self.box.followers.say(person.openid, text)
        self.answer({"said": text})


class Tap(PhoneHandler):
    """The owner taps the button `{name}` of the menu: `{url}` to open, or nothing."""

    def post(self) -> None:
        person, name = self.client.owner(self), self.body().get("name")
        flat = [one for top in self.menu() for one in (top.get("sub_button") or [top])]
        found = next((one for one in flat if one["name"] == name), None)
        if person is None or found is None:
            self.send_error(403 if person is None else 404)
            return
        self.box.followers.tap(person.openid, found)
        self.answer({"url": self.inside(found["url"]) if found.get("type") == "view" else ""})


class InPhone(Authorize):
    """Consent inside an app: silent for what gives only an id, the phone knows its owner."""

    app: Client

    def initialize(self, box: Box, platform_port: int) -> None:
        super().initialize(box)
        self.platform_port = platform_port

    @property
    def endpoint(self) -> str:
        return f"/{self.request.path.removeprefix(self.app.path)}"

    def choices(self) -> tuple[Any, ...]:
        person = self.app.owner(self)
        return (person,) if person else super().choices()

    def who(self) -> Any:
        person = super().who()
        if person:
            self.app.become(self, person)
        elif self.get_query_argument("scope") in SILENT:
            person = self.app.owner(self)
        return person

    def back(self, code: str) -> str:
        return inside(super().back(code), self.box, self.request.host, self.platform_port)


class PhoneAuthorize(InPhone):
    app = WECHAT


class NotInWechat(PhoneHandler):
    """The H5 cashier refuses to work inside WeChat."""

    def get(self, prepay_id: str) -> None:
        text = "请在微信外打开订单，进行支付"
        self.render("refused.html", title="无法支付", text=text)


def face(person: Person | Member) -> dict[str, str]:
    """Who somebody is, as the phone shows them."""
    return {
        "key": person.key, "name": person.name, "about": person.about, "hue": person.hue,
    }  # fmt: skip


def _card(person: Person) -> dict[str, str]:
    return {**face(person), "openid": person.openid}


routes = [
    (r"/__wechat/", Page),
    (r"/__wechat/api/state", State),
    (r"/__wechat/api/owner", Owner),
    (r"/__wechat/api/follow", Follow),
    (r"/__wechat/api/say", Say),
    (r"/__wechat/api/tap", Tap),
    (r"/__wechat/open/connect/oauth2/authorize", PhoneAuthorize),
    (r"/__wechat/_pay/([^/]+)", NotInWechat),
]
