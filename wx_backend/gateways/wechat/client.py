"""A service account or mini-program behind `WeChatPort`: wechatpy on a bounded thread pool."""

import re
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.gateways.http.adapter import platform_session
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.gateways.standing import Standing
from wx_backend.gateways.wechat.callback import CallbackReader
from wx_backend.gateways.wechat.failures import FAILURES, account_trouble, send_failure
from wx_backend.gateways.wechat.outcome import CODES, call_failure, login_failure, phone_failure
from wx_backend.gateways.wechat.port import (
    OpenIdentity,
    Scope,
    Sent,
    SubscribeMessage,
    TemplateMessage,
    WeChatConfig,
)
from wx_backend.gateways.wechat.sdk import ORIGIN, Login, TokenClient
from wx_backend.gateways.wechat.upkeep import Upkeep

PHONE_NUMBER = f"{ORIGIN}/wxa/business/getuserphonenumber"

A = TypeVar("A")

_STATE = re.compile(r"[0-9A-Za-z]{1,128}")


class _Person(msgspec.Struct):
    openid: str
    unionid: str | None = None
    is_snapshotuser: int = 0


class _Follower(msgspec.Struct):
    subscribe: int
    unionid: str | None = None


class _PhoneInfo(msgspec.Struct, rename="camel"):
    pure_phone_number: str
    country_code: str


class _PhoneAnswer(msgspec.Struct):
    phone_info: _PhoneInfo


class _Accepted(msgspec.Struct):
    errcode: int
    msgid: int


class _Subscribed(msgspec.Struct):
    errcode: int
    msgid: int | None = None


class ServiceAccount:
    """Implements `WeChatPort`. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: WeChatConfig, pool: Pool) -> None:
        self.callbacks = CallbackReader(config)
        self._config = config
        self._pool = pool
        self._session = platform_session(ORIGIN, config.api_url)
        self._sdk = TokenClient(config.appid, config.secret, self._session)
        self.standing = Standing("wechat", partial(account_trouble, codes=CODES))
        self.upkeep = Upkeep(self._sdk, pool, self.standing)

    def authorize_url(self, redirect_uri: str, state: str, scope: Scope = "snsapi_base") -> str:
        if not _STATE.fullmatch(state):
            raise ValueError("state is 1-128 letters and digits")
        return (
            f"{self._config.open_url.rstrip('/')}/connect/oauth2/authorize?appid={self._config.appid}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope={scope}"
            f"&state={state}#wechat_redirect"
        )

    async def sign_in(self, code: str) -> OpenIdentity:
        return await self._pool.call(self._identify, "sign_in", Login.fetch_access_token, code)

    async def code_to_session(self, js_code: str) -> OpenIdentity:
        return await self._pool.call(
            self._identify, "code_to_session", Login.code_to_session, js_code
        )

    async def unionid(self, openid: str) -> str | None:
        return await self._pool.call(self._unionid, openid)

    async def phone_number(self, code: str) -> VerifiedPhone:
        return await self._pool.call(self._phone_number, code)

    async def send_template(self, message: TemplateMessage) -> Sent:
        return await self._pool.call(self._send, message)

    async def send_subscribe(self, message: SubscribeMessage) -> Sent:
        return await self._pool.call(self._send_subscribe, message)

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def _identify(self, call: str, exchange: Any, code: str) -> OpenIdentity:
        login = Login(self._config.appid, self._config.secret, self._session)
        with self.standing.watch(call):
            try:
                person = msgspec.convert(exchange(login, code), _Person)
            except FAILURES as error:
                raise login_failure(error) from error
        return OpenIdentity(
            openid=person.openid, unionid=person.unionid, snapshot=bool(person.is_snapshotuser)
        )

    def _unionid(self, openid: str) -> str | None:
        with self.standing.watch("unionid"):
            try:
                answer = self._sdk.get("user/info", params={"openid": openid})
                return msgspec.convert(answer, _Follower).unionid
            except FAILURES as error:
                raise call_failure(error) from error

    def _phone_number(self, code: str) -> VerifiedPhone:
        with self.standing.watch("phone_number"):
            try:
                answer = self._sdk.post(PHONE_NUMBER, data={"code": code})
                info = msgspec.convert(answer, _PhoneAnswer).phone_info
            except FAILURES as error:
                raise phone_failure(error) from error
        return VerifiedPhone(info.pure_phone_number, info.country_code)

    def _send(self, message: TemplateMessage) -> Sent:
        body = {
            "touser": message.openid,
            "template_id": message.template_id,
            "client_msg_id": message.client_msg_id,
            "data": _cells(message.fields),
        }
        if message.url:
            body["url"] = message.url
        accepted = self._accepted("send_template", "message/template/send", body, _Accepted)
        return Sent(msgid=str(accepted.msgid))

    def _send_subscribe(self, message: SubscribeMessage) -> Sent:
        body = {
            "touser": message.openid,
            "template_id": message.template_id,
            "data": _cells(message.fields),
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
        if message.page:
            body["page"] = message.page
        accepted = self._accepted("send_subscribe", "message/subscribe/send", body, _Subscribed)
        return Sent(msgid=str(accepted.msgid or ""))

    def _accepted(self, call: str, path: str, body: dict[str, Any], kind: type[A]) -> A:
        with self.standing.watch(call):
            try:
                return msgspec.convert(self._sdk.post(path, data=body), kind)
            except FAILURES as error:
                raise send_failure(error, CODES) from error


def _cells(fields: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in fields.items()}
