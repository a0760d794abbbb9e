"""Template messages of the service account (protocols.md 1.5)."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import clock, people, template_rules
from wx_backend.entrypoints.sandbox.books import next_msgid
from wx_backend.entrypoints.sandbox.store import Row
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wechat_wire import WechatHandler

SAME_MESSAGE_SECONDS = 600
DELIVERY_SECONDS = 3


class TemplateSend(WechatHandler):
    """Judge, keep once per `client_msg_id`, and tell the final state later by an event."""

    def post(self) -> None:
        body = self.json_object()
        message = self._judged(body)
        known = self._sent_before(message["client_msg_id"])
        if known is None:
            self.box.tokens.spend("template")
            known = self._keep(message)
        self.answer(errcode=0, errmsg="ok", msgid=known)

    def _judged(self, body: dict[str, Any]) -> Row:
        openid = str(body.get("touser", ""))
        if people.by_openid(openid) is None:
            raise WechatError(40003, "invalid openid")
        template = self.box.templates.get(str(body.get("template_id")))
        if template is None:
            raise WechatError(40037, "invalid template_id")
        wrong = template_rules.wrong_field(template, body.get("data"))
        if wrong:
            raise WechatError(47003, f"argument invalid! data.{wrong}.value invalid")
        if not self.box.followers.follows(openid):
            raise WechatError(43004, "require subscribe")
        return {
            "client_msg_id": body.get("client_msg_id"),
            "openid": openid,
            "template_id": template.id,
            "url": body.get("url") or "",
            "data": json.dumps(body["data"], ensure_ascii=False),
            "at": clock.now(),
        }

    def _sent_before(self, client_msg_id: str | None) -> int | None:
        if client_msg_id is None:
            return None
        row = self.box.store.one(
            "SELECT msgid FROM messages WHERE client_msg_id = ? AND at > ?",
            client_msg_id, clock.now() - SAME_MESSAGE_SECONDS,
        )  # fmt: skip
        return row["msgid"] if row else None

    def _keep(self, message: Row) -> int:
        box = self.box
        msgid = next_msgid(box.store)
        with box.store.change():
            box.store.put("messages", {"msgid": msgid} | message)
            box.followers.push(
                message["openid"], "TEMPLATESENDJOBFINISH",
                wait=DELIVERY_SECONDS / box.config.speed, MsgID=msgid, Status="success",
            )  # fmt: skip
        return msgid


routes = [(r"/wx/cgi-bin/message/template/send", TemplateSend)]
