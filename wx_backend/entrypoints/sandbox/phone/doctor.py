"""The doctor's phone under `/__wecom/`: one conversation, with cards that call back."""

from typing import Any

from wx_backend.entrypoints.sandbox.phone.owner import WECOM
from wx_backend.entrypoints.sandbox.phone.shell import InPhone, Owner, PhoneHandler, face
from wx_backend.entrypoints.sandbox.store import Row
from wx_backend.entrypoints.sandbox.wecom import members
from wx_backend.entrypoints.sandbox.wecom.authorize import StaffAuthorize
from wx_backend.entrypoints.sandbox.wecom.mailbox import subject_of

_NEWEST = 50
_DEFAULT_MENU = [{"type": "view", "name": "医护工作台", "url": "/doctor/"}]


class DoctorHandler(PhoneHandler):
    client = WECOM


class Page(DoctorHandler):
    def get(self) -> None:
        self.render("doctor_phone.html", name=self.box.config.name)


class State(DoctorHandler):
    """All that the phone shows; asked twice a second."""

    def get(self) -> None:
        person = self.client.owner(self)
        self.answer(
            {
                "person": face(person) if person else None,
                "people": [face(each) for each in members.MEMBERS],
                "reachable": person is not None and members.reachable(person.key) is not None,
                "menu": self._menu(),
                "messages": self._messages(person.key) if person else [],
            }
        )

    def _menu(self) -> list[dict[str, str]]:
        buttons = self.box.corp.agent.menu or _DEFAULT_MENU
        return [
            {"name": button["name"], "url": self.inside(button["url"])}
            for button in buttons
            if button.get("type") == "view"
        ]

    def _messages(self, userid: str) -> list[dict[str, Any]]:
        mailbox = self.box.corp.mailbox
        taps = mailbox.taps()
        return [
            self._message(row) | {"tap": taps.get(subject_of(row["id"]), "")}
            for row in mailbox.deliveries(userid)[-_NEWEST:]
            if row["fate"] == "shown" and not row["recalled"]
        ]

    def _message(self, row: Row) -> dict[str, Any]:
        content = row["content"]
        frame = {"id": row["id"], "at": row["at"], "updated": row["updated"], "kind": "card"}
        if row["msgtype"] in ("text", "markdown"):
            return frame | {"kind": "text", "text": content["content"]}
        if row["msgtype"] == "textcard":
            plain = {"main_title": {"title": content["title"]}}
            plain |= {"sub_title_text": content["description"]}
            return frame | self._card(plain | {"card_action": {"url": content["url"]}}, None)
        return frame | self._card(content, row["closed"])

    def _card(self, card: dict[str, Any], closed: str | None) -> dict[str, Any]:
        title, choice = card.get("main_title", {}), card.get("button_selection")
        return {
            "source": card.get("source", {}),
            "title": title.get("title", ""),
            "desc": title.get("desc", ""),
            "text": card.get("sub_title_text", ""),
            "rows": [
                [row["keyname"], row.get("value", "")]
                for row in card.get("horizontal_content_list", [])
            ],
            "links": [self._link(jump) for jump in card.get("jump_list", [])],
            "url": self._link(card.get("card_action", {}))["url"],
            "choice": choice,
            "buttons": [
                self._link(button) | {"key": button.get("key"), "style": button.get("style", 1)}
                for button in card.get("button_list", [])
            ],
            "closed": closed,
        }

    def _link(self, part: dict[str, Any]) -> dict[str, str]:
        """Text and address of a part that may open a page."""
        url = part.get("url") or ""
        words = str(part.get("text") or part.get("title") or "")
        return {"text": words, "url": self.inside(url) if url else ""}


class Tap(DoctorHandler):
    """The owner taps a button of a card: `{id, key, chosen}`."""

    def post(self) -> None:
        person, body = self.client.owner(self), self.body()
        mine = self.box.corp.mailbox.deliveries(person.key) if person else []
        found = [row for row in mine if row["id"] == body.get("id")]
        try:
            self.box.corp.mailbox.tap(found[0], str(body.get("key")), body.get("chosen") or {})
        except (IndexError, ValueError):
            self.send_error(409)
            return
        self.answer({"ok": True})


class BecomeMember(Owner):
    client = WECOM


class DoctorAuthorize(InPhone, StaffAuthorize):
    app = WECOM


routes = [
    (r"/__wecom/", Page),
    (r"/__wecom/api/state", State),
    (r"/__wecom/api/tap", Tap),
    (r"/__wecom/api/owner", BecomeMember),
    (r"/__wecom/open/connect/oauth2/authorize", DoctorAuthorize),
]
