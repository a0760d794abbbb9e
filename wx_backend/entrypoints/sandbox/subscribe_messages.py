"""Subscribe messages of the mini-program: one agreement, one message (protocols.md 1.6, 2)."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import clock, people, template_rules
from wx_backend.entrypoints.sandbox.books import next_msgid
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wechat_messages import DELIVERY_SECONDS
from wx_backend.entrypoints.sandbox.wechat_wire import WechatHandler

STATES = ("formal", "trial", "developer")


class SubscribeSend(WechatHandler):
    """Judge, take one agreement, keep, and tell the final state later by an event."""

    of_mini = True

    def post(self) -> None:
        body = self.json_object()
        openid, template = str(body.get("touser", "")), str(body.get("template_id", ""))
        self._judge(body, openid, template)
        self.tokens.spend("subscribe")
        if not self.box.consents.take(openid, template):
            raise WechatError(43101, "user refuse to accept the msg")
        self.answer(errcode=0, errmsg="ok", msgid=self._keep(body, openid, template))

    def _judge(self, body: dict[str, Any], openid: str, template_id: str) -> None:
        if people.by_mini_openid(openid) is None:
            raise WechatError(40003, "invalid openid")
        template = self.box.templates.get(template_id)
        if template is None:
            raise WechatError(40037, "invalid template_id")
        if str(body.get("page") or "").startswith("/"):
            raise WechatError(41030, "invalid page")
        if body.get("miniprogram_state", "formal") not in STATES:
            raise WechatError(47003, "argument invalid! miniprogram_state invalid")
        if wrong := template_rules.wrong_field(template, body.get("data")):
            raise WechatError(47003, f"argument invalid! data.{wrong}.value invalid")

    def _keep(self, body: dict[str, Any], openid: str, template: str) -> int:
        box = self.box
        msgid = next_msgid(box.store)
        told = {"TemplateId": template, "MsgID": msgid, "ErrorCode": 0, "ErrorStatus": "success"}
        with box.store.change():
            box.store.put(
                "messages",
                {
                    "msgid": msgid, "client_msg_id": None, "openid": openid,
                    "template_id": template, "url": "",
                    "data": json.dumps(body["data"], ensure_ascii=False), "at": clock.now(),
                },
            )  # fmt: skip
            box.mini.push(
                openid, "subscribe_msg_sent_event", wait=DELIVERY_SECONDS / box.config.speed,
                SubscribeMsgSentEvent={"List": [told]},
            )  # fmt: skip
        return msgid


routes = [(r"/wx/cgi-bin/message/subscribe/send", SubscribeSend)]
