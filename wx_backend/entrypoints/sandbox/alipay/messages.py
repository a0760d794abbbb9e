"""Messages of the life account and of the mini-program (protocols.md 5.6).

Which `sub_code` the platform uses for whom is our guess: a product must not tell them apart.
"""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import clock, template_rules
from wx_backend.entrypoints.sandbox.alipay import payers
from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, Content
from wx_backend.entrypoints.sandbox.alipay.templates import MINI, template_id
from wx_backend.entrypoints.sandbox.books import next_msgid
from wx_backend.entrypoints.sandbox.store import Store
from wx_backend.entrypoints.sandbox.template_rules import Template

LARGEST = 2048


class Messages:
    """Judges and keeps what is sent; the phone shows it. Raises AlipayError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        known = template_rules.load().values()
        self.life = {template_id(one.name): one for one in known}
        self.mini = {template_id(f"{MINI}{one.name}"): one for one in known}

    def send_life(self, content: Content) -> str:
        """`alipay.open.public.message.single.send`: to who follows the life account."""
        person, openid = _receiver(content)
        asked = content.get("template") or {}
        context = asked.get("context") or {}
        template = _template(self.life, asked.get("template_id"))
        if not person.follows:
            raise _refused("NOT_FOLLOWED", "用户未关注生活号")
        if not context.get("head_color") or not _value(context.get("first")):
            raise _invalid("context 缺少 head_color 或 first")
        cells = {name: cell for name, cell in context.items() if name.startswith("keyword")}
        url = str(context.get("url") or "")
        return self._keep(openid, str(asked["template_id"]), template, cells, url)

    def send_mini(self, content: Content) -> str:
        """`alipay.open.app.mini.templatemessage.send`: one agreement, one message."""
        _, openid = _receiver(content)
        key = str(content.get("user_template_id"))
        template = _template(self.mini, key)
        text = content.get("data")
        if not isinstance(text, str) or len(text) > LARGEST:
            raise _invalid("data 须为不超过 2048 个字符的 JSON 字符串")
        try:
            cells = json.loads(text)
        except ValueError:
            cells = None
        if not isinstance(cells, dict):
            raise _invalid("data 不是 JSON 对象")
        page = str(content.get("page") or "")
        if not page or page.startswith("/"):
            raise _invalid("page 无效")
        _check(template, cells)
        used = self._store.do(
            "UPDATE consents SET credits = credits - 1"
            " WHERE openid = ? AND template_id = ? AND credits > 0", openid, key,
        )  # fmt: skip
        if not used:
            raise _refused("USER_NOT_SUBSCRIBE", "用户未订阅该模板")
        return self._keep(openid, key, template, cells, "")

    def subscribe(self, openid: str, templates: list[str]) -> None:
        """`my.requestSubscribeMessage`: the person accepts one message of each."""
        for one in templates:
            self._store.do(
                "INSERT INTO consents VALUES (?, ?, 1) ON CONFLICT DO UPDATE"
                " SET credits = credits + 1", openid, one,
            )  # fmt: skip

    def titled(self, key: str) -> Template:
        """The template of a kept message."""
        return (self.life | self.mini)[key]

    def _keep(
        self, openid: str, key: str, template: Template, cells: dict[str, Any], url: str
    ) -> str:
        _check(template, cells)
        msgid = next_msgid(self._store)
        row = {
            "msgid": msgid, "client_msg_id": None, "openid": openid, "template_id": key, "url": url,
            "data": json.dumps(cells, ensure_ascii=False), "at": clock.now(),
        }  # fmt: skip
        self._store.put("messages", row)
        return str(msgid)


def _receiver(content: Content) -> tuple[Any, str]:
    openid = str(content.get("to_open_id") or "")
    person = payers.by_open_id(openid)
    if person is None:
        raise _refused("USER_NOT_EXIST", "用户不存在")
    return person, openid


def _template(known: dict[str, Template], key: object) -> Template:
    if key not in known:
        raise _invalid("模板不存在")
    return known[str(key)]


def _check(template: Template, cells: dict[str, Any]) -> None:
    """Exactly the template's keywords, each with something in it."""
    wanted = {f"keyword{n}" for n in range(1, len(template.fields) + 1)}
    if cells.keys() != wanted or not all(map(_value, cells.values())):
        raise _invalid("关键词与模板不一致")


def _value(cell: object) -> str:
    return str(cell.get("value") or "") if isinstance(cell, dict) else ""


def _invalid(words: str) -> AlipayError:
    return AlipayError("40002", "isv.invalid-parameter", words)


def _refused(sub_code: str, words: str) -> AlipayError:
    return AlipayError("40004", sub_code, words)
