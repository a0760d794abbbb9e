"""An application behind `WeComPort`: wechatpy.enterprise on a bounded thread pool."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.gateways.http.adapter import platform_session
from wx_backend.gateways.standing import Standing
from wx_backend.gateways.wechat.failures import FAILURES, account_trouble, send_failure
from wx_backend.gateways.wecom.callback import CallbackReader
from wx_backend.gateways.wecom.cards import template_card
from wx_backend.gateways.wecom.outcome import CODES, login_failure
from wx_backend.gateways.wecom.port import (
    Card,
    NotStaff,
    Sent,
    SentCard,
    StaffIdentity,
    WeComConfig,
)
from wx_backend.gateways.wecom.sdk import ORIGIN, AgentClient

_STATE = re.compile(r"[0-9A-Za-z]{1,128}")
SAME_CARD_SECONDS = 14400  # the longest the platform remembers a card
SEPARATOR = "|"


class _Person(msgspec.Struct):
    errcode: int
    userid: str = ""


class _Accepted(msgspec.Struct):
    errcode: int
    msgid: str
    invaliduser: str = ""
    unlicenseduser: str = ""
    response_code: str = ""


class _Updated(msgspec.Struct):
    errcode: int
    invaliduser: list[str] | str = []


A = TypeVar("A")


class Application:
    """Implements `WeComPort`. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: WeComConfig, pool: Pool) -> None:
        self.callbacks = CallbackReader(config)
        self._config = config
        self._pool = pool
        self._session = platform_session(ORIGIN, config.api_url)
        self._sdk = AgentClient(config.corp_id, config.secret, self._session)
        self.standing = Standing("wecom", partial(account_trouble, codes=CODES))

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        if not _STATE.fullmatch(state):
            raise ValueError("state is 1-128 letters and digits")
        return (
            f"{self._config.open_url.rstrip('/')}/connect/oauth2/authorize"
            f"?appid={self._config.corp_id}&redirect_uri={quote(redirect_uri, safe='')}"
            f"&response_type=code&scope=snsapi_base&state={state}"
            f"&agentid={self._config.agent_id}#wechat_redirect"
        )

    async def sign_in(self, code: str) -> StaffIdentity:
        return await self._pool.call(self._identify, code)

    async def send_text(self, userids: Sequence[str], text: str) -> Sent:
        told = await self._send("send_text", userids, "text", {"content": text})
        return Sent(msgid=told.msgid, invalid_users=_invalid(told))

    async def send_card(self, userids: Sequence[str], card: Card) -> SentCard:
        once = {"enable_duplicate_check": 1, "duplicate_check_interval": SAME_CARD_SECONDS}
        told = await self._send("send_card", userids, "template_card", template_card(card), **once)
        return SentCard(
            msgid=told.msgid, invalid_users=_invalid(told), response_code=told.response_code
        )

    async def update_card(
        self, response_code: str, userids: Sequence[str], change: str | Card
    ) -> tuple[str, ...]:
        body = {
            "userids": list(userids),
            "agentid": self._config.agent_id,
            "response_code": response_code,
        }
        if isinstance(change, Card):
            body["template_card"] = template_card(change)
        else:
            body["button"] = {"replace_name": change}
        path = "message/update_template_card"
        told = await self._pool.call(self._post, "update_card", path, body, _Updated)
        return _named(told.invaliduser)

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    async def _send(
        self, call: str, userids: Sequence[str], kind: str, content: dict[str, Any], **more: int
    ) -> _Accepted:
        body = {
            "touser": SEPARATOR.join(userids),
            "msgtype": kind,
            "agentid": self._config.agent_id,
            kind: content,
        } | more
        return await self._pool.call(self._post, call, "message/send", body, _Accepted)

    def _post(self, call: str, path: str, body: dict[str, Any], answer: type[A]) -> A:
        with self.standing.watch(call):
            try:
                return msgspec.convert(self._sdk.post(path, data=body), answer)
            except FAILURES as error:
                raise send_failure(error, CODES) from error

    def _identify(self, code: str) -> StaffIdentity:
        with self.standing.watch("sign_in"):
            try:
                answer = self._sdk.get("auth/getuserinfo", params={"code": code})
                person = msgspec.convert(answer, _Person)
            except FAILURES as error:
                raise login_failure(error) from error
            return StaffIdentity(_member(person))


def _member(person: _Person) -> str:
    if not person.userid:
        raise NotStaff()
    return person.userid.lower()


def _invalid(told: _Accepted) -> tuple[str, ...]:
    return _named(told.invaliduser) + _named(told.unlicenseduser)


def _named(members: list[str] | str) -> tuple[str, ...]:
    """One endpoint joins the ids with bars, another lists them."""
    named = members.split(SEPARATOR) if isinstance(members, str) else members
    return tuple(userid for userid in named if userid)
