"""The conversation with the service account: what users write, and what it answers at once.

An answer comes in the reply to a callback, sealed as the callback was (protocols.md 1.4).
"""

import json
from typing import Any
from xml.etree import ElementTree

from wx_backend.entrypoints.sandbox import clock, envelope
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.store import Row, Store

SILENT = (b"", b"success")
OUT_OF_ORDER = {"text": "该公众号提供的服务出现故障，请稍后再试"}
"""What the user sees when an answer is none."""


def said(store: Store, key: str, openid: str, text: str) -> None:
    """The user wrote this."""
    _keep(store, key, openid, "said", {"text": text})


def heard(store: Store, keys: Keys, row: Row, body: bytes) -> None:
    """The server's reply to the callback `row`: shown to the user once, however often it came."""
    if body in SILENT:
        return
    try:
        kind, content = _opened(keys, body)
    except (ValueError, LookupError, TypeError, ElementTree.ParseError):
        kind, content = "failure", OUT_OF_ORDER
    _keep(store, row["id"], row["subject"], kind, content)


def conversation(store: Store, openid: str) -> list[dict[str, Any]]:
    """Of one user, oldest first."""
    rows = store.many("SELECT * FROM talk WHERE openid = ? ORDER BY at, id", openid)
    return [row | {"content": json.loads(row["content"])} for row in rows]


def _keep(store: Store, key: str, openid: str, kind: str, content: dict[str, str]) -> None:
    store.put(
        "talk",
        {
            "id": key, "openid": openid, "kind": kind, "at": clock.now(),
            "content": json.dumps(content, ensure_ascii=False),
        },
    )  # fmt: skip


def _opened(keys: Keys, body: bytes) -> tuple[str, dict[str, str]]:
    """(kind, content). Raises ValueError and others for what no platform would read."""
    outer = {one.tag: one.text or "" for one in ElementTree.fromstring(body)}  # noqa: S314 our peer
    signed = (keys.token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    if envelope.signature(*signed) != outer["MsgSignature"]:
        raise ValueError("the answer is not signed by the account")
    opened = envelope.decrypt(keys.aes_key, outer["Encrypt"], keys.appid)
    tree = ElementTree.fromstring(opened)  # noqa: S314 our peer
    fields = {one.tag: one.text or "" for one in tree.iter()}
    if fields["MsgType"] == "news":
        return "news", {
            "title": fields["Title"], "text": fields["Description"], "url": fields["Url"],
        }  # fmt: skip
    if fields["MsgType"] == "text" and fields["Content"]:
        return "text", {"text": fields["Content"]}
    raise ValueError("no answer of a kind that is shown")
