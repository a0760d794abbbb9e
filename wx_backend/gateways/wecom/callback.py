"""Reads an application's callback (protocols.md 3.4). It is always encrypted."""

from collections.abc import Mapping
from typing import Any

from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.parser import parse_message
from wechatpy.exceptions import InvalidSignatureException

from wx_backend.base import ids
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wecom.port import StaffEvent, WeComConfig

LARGEST = 64 * 1024  # bytes; real deliveries have a few thousand


class CallbackReader:
    """Implements `StaffCallbacks` for one application."""

    def __init__(self, config: WeComConfig) -> None:
        self._crypto = WeChatCrypto(config.token, config.aes_key, config.corp_id)

    def verify_url(self, query: Mapping[str, str]) -> str:
        return self._opened(self._crypto.check_signature, query, query.get("echostr", ""))

    def parse(self, query: Mapping[str, str], body: bytes) -> StaffEvent:
        if len(body) > LARGEST:
            raise CallbackRejected("too_large")
        return self._opened(self._event, query, body)

    def _event(self, signature: str, timestamp: str, nonce: str, body: bytes) -> StaffEvent:
        xml = self._crypto.decrypt_message(body, signature, timestamp, nonce)
        return _event(parse_message(xml)._data)

    def _opened(self, read: Any, query: Mapping[str, str], sealed: str | bytes) -> Any:
        signed = [query.get(name, "") for name in ("msg_signature", "timestamp", "nonce")]
        try:
            return read(*signed, sealed)
        except InvalidSignatureException:
            raise CallbackRejected("bad_signature") from None
        except Exception as error:
            # Junk makes wechatpy raise IndexError, KeyError, ValueError, struct.error, ExpatError…
            raise CallbackRejected("malformed") from error


def _event(data: Mapping[str, Any]) -> StaffEvent:
    userid, kind = _text(data["FromUserName"]), _text(data["MsgType"]).lower()
    is_event = kind == "event"
    kind = _text(data["Event"]).lower() if is_event else f"message.{kind}"
    task_id, event_key, code = (
        _optional(data, name) for name in ("TaskId", "EventKey", "ResponseCode")
    )
    if is_event:  # events have no id of their own: who, when and what name one
        occasion = [_text(data["CreateTime"]), kind, event_key or "", task_id or "", code or ""]
    else:
        occasion = [_text(data["MsgId"])]
    return StaffEvent(
        kind=kind,
        userid=userid.lower(),
        dedupe_key=ids.derive("wccb", userid, *occasion),
        task_id=task_id,
        event_key=event_key,
        response_code=code,
        chosen=_chosen(data.get("SelectedItems")),
    )


def _chosen(items: Any) -> dict[str, tuple[str, ...]]:
    if not items:
        return {}
    return {
        _text(item["QuestionKey"]): tuple(_text(o) for o in _many(item["OptionIds"]["OptionId"]))
        for item in _many(items["SelectedItem"])
    }


def _many(value: Any) -> list[Any]:
    """An element that may stand once or several times."""
    return value if isinstance(value, list) else [value]


def _optional(data: Mapping[str, Any], name: str) -> str | None:
    return _text(data[name]) if data.get(name) else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a field of the delivery is not text")
    return value
