"""Messages of the application: accepted, shown or silently dropped, tapped, changed, recalled.

Each member's copy is a delivery of its own with its fate: `shown`, `limited` (more than 30 a minute
or 1000 an hour to one member) or `dropped` (the fault `wecom_drop`). Source: protocols.md 3.3.
"""

import json
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import WECOM_DROP, Faults
from wx_backend.entrypoints.sandbox.store import Row, Store
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wecom.agent import Agent

SEND = "/qy/cgi-bin/message/send"
CODE_SECONDS = 72 * 3600
RECALL_SECONDS = 24 * 3600
LIMITS = ((60, 30), (3600, 1000))  # (seconds, messages to one member)
_CALLBACK = 0


class Mailbox:
    def __init__(self, store: Store, faults: Faults, agent: Agent) -> None:
        self._store, self._faults, self._agent = store, faults, agent

    def sent_before(self, fingerprint: str, seconds: float) -> dict[str, Any] | None:
        """The answer given to the same message within this time."""
        row = self._store.one(
            "SELECT answer FROM wecom_messages WHERE fingerprint = ? AND at > ?",
            fingerprint, clock.now() - seconds,
        )  # fmt: skip
        return json.loads(row["answer"]) if row else None

    def task_known(self, task_id: str) -> bool:
        found = "SELECT 1 FROM wecom_messages WHERE task_id = ?"
        return self._store.one(found, task_id) is not None

    def keep(
        self, kind: str, content: dict[str, Any], userids: list[str], fingerprint: str
    ) -> dict[str, Any]:
        """Accept a message and deliver it; its msgid and, for a card with buttons, its code."""
        msgid = secrets.token_urlsafe(24)
        answer: dict[str, Any] = {"msgid": msgid}
        with self._store.change():
            if content.get("card_type") == "button_interaction":
                answer["response_code"] = self._new_code(msgid)
            self._store.put(
                "wecom_messages",
                {
                    "msgid": msgid, "msgtype": kind, "task_id": content.get("task_id"),
                    "content": json.dumps(content, ensure_ascii=False), "at": clock.now(),
                    "fingerprint": fingerprint, "answer": json.dumps(answer), "recalled": None,
                },
            )  # fmt: skip
            for userid in userids:
                fate = {"msgid": msgid, "userid": userid, "fate": self._fate(userid)}
                self._store.put("wecom_deliveries", fate | {"at": clock.now()})
        return answer

    def update(self, code: str, userids: list[str], change: dict[str, Any]) -> list[str]:
        """Spend a code on the card it belongs to; those of `userids` who never had that card.

        `change`: `{"closed": words}` or `{"content": card}`.
        """
        row = self._store.one("SELECT * FROM wecom_codes WHERE code = ?", code)
        if row is None or row["used"] or row["expires"] <= clock.now():
            raise WechatError(40058, "invalid Request Parameter: response_code")
        shown = change.get("closed") or change["content"].get("replace_text")
        content = json.dumps(change["content"], ensure_ascii=False) if "content" in change else None
        missed = []
        with self._store.change():
            self._store.do("UPDATE wecom_codes SET used = 1 WHERE code = ?", code)
            for userid in userids:
                touched = self._store.do(
                    "UPDATE wecom_deliveries SET closed = ?, content = coalesce(?, content),"
                    " updated = ? WHERE msgid = ? AND userid = ?",
                    shown, content, clock.now(), row["msgid"], userid,
                )  # fmt: skip
                if not touched:
                    missed.append(userid)
        return missed

    def recall(self, msgid: str) -> None:
        """Take a message back from every phone."""
        touched = self._store.do(
            "UPDATE wecom_messages SET recalled = ? WHERE msgid = ? AND at > ?",
            clock.now(), msgid, clock.now() - RECALL_SECONDS,
        )  # fmt: skip
        if not touched:
            raise WechatError(40058, "invalid Request Parameter: msgid")

    def tap(self, delivery: Row, key: str, chosen: dict[str, list[str]]) -> None:
        """A member taps a button; the application hears of it. ValueError: there is none."""
        card = delivery["content"]
        keys = [one.get("key") for one in _buttons(card) if one.get("type", 0) == _CALLBACK]
        if delivery["fate"] != "shown" or delivery["recalled"] or delivery["closed"]:
            raise ValueError("the card cannot be tapped")
        if key not in keys:
            raise ValueError(f"the card has no button {key!r}")
        selected = {
            "SelectedItem": [
                {"QuestionKey": question, "OptionIds": {"OptionId": options}}
                for question, options in chosen.items()
            ]
        }
        with self._store.change():
            self._agent.push(
                delivery["userid"], "template_card_event", subject_of(delivery["id"]),
                EventKey=key, TaskId=card["task_id"], CardType=card["card_type"],
                ResponseCode=self._new_code(delivery["msgid"]), SelectedItems=selected,
            )  # fmt: skip

    def deliveries(self, userid: str | None = None) -> list[Row]:
        """Every copy of every message, oldest first; of one member when told."""
        rows = self._store.many(
            "SELECT d.id, d.msgid, d.userid, d.fate, d.at, d.closed, d.updated, m.msgtype,"
            " m.task_id, m.recalled, coalesce(d.content, m.content) AS content"
            " FROM wecom_deliveries d JOIN wecom_messages m USING (msgid)"
            " WHERE ?1 IS NULL OR d.userid = ?1 ORDER BY d.id",
            userid,
        )
        return [row | {"content": json.loads(row["content"])} for row in rows]

    def taps(self) -> dict[str, str]:
        """State of the newest callback by the delivery it was about: due, done, given_up, never."""
        rows = self._store.many(
            "SELECT subject, state FROM callbacks WHERE channel = 'wecom' ORDER BY created"
        )
        return {row["subject"]: row["state"] for row in rows}

    def _new_code(self, msgid: str) -> str:
        code = secrets.token_urlsafe(32)
        expires = clock.now() + CODE_SECONDS
        row = {"code": code, "msgid": msgid, "expires": expires, "used": 0}
        self._store.put("wecom_codes", row)
        return code

    def _fate(self, userid: str) -> str:
        for seconds, most in LIMITS:
            (row,) = self._store.many(
                "SELECT count(*) AS shown FROM wecom_deliveries"
                " WHERE userid = ? AND at > ? AND fate = 'shown'",
                userid, clock.now() - seconds,
            )  # fmt: skip
            if row["shown"] >= most:
                return "limited"
        return "dropped" if self._faults.take(SEND, WECOM_DROP) else "shown"


def subject_of(delivery: int) -> str:
    """What a callback about this delivery is filed under."""
    return f"delivery-{delivery}"


def _buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    return card.get("button_list") or []
