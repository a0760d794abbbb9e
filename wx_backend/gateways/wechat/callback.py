"""Reads a service account's callback (protocols.md 1.4). Only encrypted deliveries ("safe mode")
are believed.

In plain mode the signature does not cover the body, so anyone who saw one delivery could forge the
next.
"""

from collections.abc import Mapping
from typing import Any

from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.parser import parse_message
from wechatpy.replies import ArticlesReply, TextReply
from wechatpy.utils import check_signature, random_string

from wx_backend.base import ids
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wechat.port import AccountEvent, Reply, Subscription, WeChatConfig

SUBSCRIPTIONS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
"""The events about consents, and the element with one `List` for each template."""

LARGEST = 64 * 1024  # bytes; real deliveries have a few hundred


class CallbackReader:
    """Implements `AccountCallbacks` for one account."""

    def __init__(self, config: WeChatConfig) -> None:
        self._token = config.token
        self._crypto = WeChatCrypto(config.token, config.aes_key, config.appid)

    def verify_url(self, query: Mapping[str, str]) -> str:
        try:
            check_signature(
                self._token, query.get("signature"), query.get("timestamp"), query.get("nonce")
            )
        except InvalidSignatureException:
            raise CallbackRejected("bad_signature") from None
        return query.get("echostr", "")

    def parse(self, query: Mapping[str, str], body: bytes) -> AccountEvent:
        if len(body) > LARGEST:
            raise CallbackRejected("too_large")
        if "msg_signature" not in query:
            raise CallbackRejected("not_encrypted")
        try:
            xml = self._crypto.decrypt_message(
                body, query["msg_signature"], query.get("timestamp"), query.get("nonce")
            )
            return _event(parse_message(xml)._data)
        except InvalidSignatureException:
            raise CallbackRejected("bad_signature") from None
        except Exception as error:
            # Junk makes wechatpy raise IndexError, KeyError, ValueError, struct.error, ExpatError…
            raise CallbackRejected("malformed") from error

    def seal(self, event: AccountEvent, reply: Reply) -> str:
        ends = {"source": event.account, "target": event.openid}
        if reply.url:
            card = {"title": reply.title, "description": reply.text, "image": "", "url": reply.url}
            said = ArticlesReply(articles=[card], **ends)
        else:
            said = TextReply(content=reply.text, **ends)
        return self._crypto.encrypt_message(said.render(), random_string(), None)


def _event(data: Mapping[str, Any]) -> AccountEvent:
    openid, kind = data["FromUserName"], data["MsgType"].lower()
    is_event = kind == "event"
    kind = data["Event"].lower() if is_event else f"message.{kind}"
    msgid = data.get("MsgID") or data.get("MsgId")
    event_key = data.get("EventKey") or None
    subscriptions = _subscriptions(data, kind)
    if is_event:  # events have no id of their own: who, when and what name one
        told = [part for one in subscriptions for part in (one.template_id, one.msgid or "")]
        occasion = [data["CreateTime"], kind, event_key or "", msgid or "", *told]
    else:
        occasion = [data["MsgId"]]
    return AccountEvent(
        kind=_text(kind),
        openid=_text(openid),
        dedupe_key=ids.derive("wxcb", _text(openid), *map(_text, occasion)),
        account=_text(data.get("ToUserName") or ""),
        text=_text(data.get("Content") or ""),
        msgid=msgid and _text(msgid),
        status=data.get("Status") and _text(data["Status"]),
        event_key=event_key and _text(event_key),
        subscriptions=subscriptions,
    )


def _subscriptions(data: Mapping[str, Any], kind: str) -> tuple[Subscription, ...]:
    rows = (data.get(SUBSCRIPTIONS.get(kind, "")) or {}).get("List") or []
    return tuple(map(_subscription, rows if isinstance(rows, list) else [rows]))


def _subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        template_id=_text(row["TemplateId"]),
        status=_text(row.get("SubscribeStatusString") or row.get("ErrorStatus") or ""),
        msgid=row.get("MsgID") and _text(row["MsgID"]),
        error=row.get("ErrorCode") and _text(row["ErrorCode"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a field of the delivery is not text")
    return value
