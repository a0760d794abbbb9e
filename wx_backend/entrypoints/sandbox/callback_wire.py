"""One callback as bytes on the wire: signed and sealed as the platforms do it."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from wx_backend.entrypoints.sandbox import clock, envelope, signing
from wx_backend.entrypoints.sandbox.faults import Fault
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.store import Row

Wire = tuple[str, dict[str, str], bytes]  # url, headers, body
REPLAY_SECONDS = 600
_STRANGER = "1900000001"
_SUMMARY = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


def _twisted(payload: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    """The resource, changed when a fault asks for a wrong amount or another merchant."""
    if fault and fault.kind == "notify_amount":
        amount = payload["amount"]
        told = "refund" if "refund" in amount else "total"
        return payload | {"amount": amount | {told: amount[told] + int(fault.value or 1)}}
    if fault and fault.kind == "notify_other_mch":
        return payload | {"mchid": str(fault.value or _STRANGER)}
    return payload


def pay_notification(keys: Keys, row: Row, fault: Fault | None) -> Wire:
    """A WeChat Pay notification; faults bad_sign, notify_replay, notify_amount,
    notify_other_mch and signtest change it as their names say."""
    kind = fault.kind if fault else None
    resource = json.dumps(_twisted(json.loads(row["payload"]), fault), ensure_ascii=False)
    original = "refund" if row["kind"].startswith("REFUND") else "transaction"
    body = json.dumps(
        {
            "id": row["id"],
            "create_time": clock.rfc3339(row["created"]),
            "resource_type": "encrypt-resource",
            "event_type": row["kind"],
            "summary": _SUMMARY[row["kind"]],
            "resource": signing.seal(keys.apiv3_key, resource.encode(), original)
            | {"original_type": original},
        },
        ensure_ascii=False,
    )
    age = float(fault.value or REPLAY_SECONDS) if fault and kind == "notify_replay" else 0
    headers = signed_headers(keys, body, kind == "bad_sign", -age)
    if kind == "signtest":
        headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{secrets.token_urlsafe(240)}"
    headers |= {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}
    return row["url"], headers, body.encode()


def signed_headers(keys: Keys, body: str, forged: bool = False, skew: float = 0) -> dict[str, str]:
    """The `Wechatpay-*` headers over exactly this body, for answers and notifications.

    forged: by a stranger's key; skew: seconds that the platform's clock is wrong.
    """
    timestamp, nonce = str(int(clock.now() + skew)), signing.nonce()
    key = keys.forger_key if forged else keys.platform_key
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": keys.public_key_id,
        "Wechatpay-Signature": signing.sign(key, timestamp, nonce, body),
        "Wechatpay-Signature-Type": signing.SCHEME,
    }


def account_push(keys: Keys, row: Row, fault: Fault | None) -> Wire:
    """An event of the service account in safe mode; the fault bad_sign spoils its signature."""
    return _pushed(keys.token, keys.aes_key, keys.appid, row, fault)


def mini_push(keys: Keys, row: Row, fault: Fault | None) -> Wire:
    """An event of the mini-program, as the service account's."""
    return _pushed(keys.mini_token, keys.mini_aes_key, keys.mini_appid, row, fault)


def _pushed(token: str, aes_key: str, appid: str, row: Row, fault: Fault | None) -> Wire:
    sealed = envelope.encrypt(aes_key, envelope.xml(json.loads(row["payload"])), appid)
    signs = "forged" if fault and fault.kind == "bad_sign" else token
    query = verification(signs, sealed) | {"encrypt_type": "aes"}
    body = envelope.xml({"ToUserName": appid, "Encrypt": sealed})
    return f"{row['url']}?{urlencode(query)}", {"Content-Type": "text/xml"}, body.encode()


def agent_push(keys: Keys, row: Row, fault: Fault | None) -> Wire:
    """An event of the WeCom application; the fault bad_sign spoils its signature."""
    payload = envelope.xml(json.loads(row["payload"]))
    sealed = envelope.encrypt(keys.agent_aes_key, payload, keys.corp_id)
    token = "forged" if fault and fault.kind == "bad_sign" else keys.agent_token
    sender = {"ToUserName": keys.corp_id, "AgentID": keys.agent_id}
    body = envelope.xml(sender | {"Encrypt": sealed})
    url = f"{row['url']}?{urlencode(agent_verification(token, sealed))}"
    return url, {"Content-Type": "text/xml"}, body.encode()


def agent_verification(token: str, sealed: str) -> dict[str, str]:
    """Query of a WeCom callback: its only signature covers the cipher text."""
    query = verification(token, sealed)
    del query["signature"]
    return query


def verification(token: str, sealed: str | None = None) -> dict[str, str]:
    """Query of a callback: timestamp, nonce, signature and, over a cipher text, msg_signature."""
    timestamp, nonce = str(int(clock.now())), str(secrets.randbelow(10**10))
    query = {
        "signature": envelope.signature(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    if sealed is not None:
        query["msg_signature"] = envelope.signature(token, timestamp, nonce, sealed)
    return query
