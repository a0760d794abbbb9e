"""Signing in inside WeChat, inside Alipay or through a mini-program, and signing out."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

import msgspec

from wx_backend.base import ids
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.context import Ctx
from wx_backend.base.errors import (
    AppError,
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    NotFound,
    WrongState,
)
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import (
    ACCOUNT,
    SESSION,
    ApiHandler,
    Handler,
    public,
    signed,
    verified,
)
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelUnusable, NoChannel
from wx_backend.gateways.alipay.port import AlipayIdentity, AuthCodeUsed, PhoneUnproven
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.gateways.wechat.port import OpenIdentity, PhoneCodeUsed, WeChatCodeUsed
from wx_backend.identity.accounts import logins, service, sessions
from wx_backend.identity.accounts.devices import Device
from wx_backend.identity.accounts.model import (
    AccountLeaving,
    SignInExpired,
    SnapshotVisitor,
    app_of,
    from_alipay,
    local_path,
)

STATE = "signin"
STATE_DAYS = 10 / 24 / 60
ENTRY, ENTRY_DAYS = "entry", 1 / 24 / 60
WEB_VIEW = "miniProgram"
"""What a mini-program's web-view has in its User-Agent, and no other browser."""

TRIES = 3
"""Beginnings of one sign-in before the person is told that it does not work."""


class Way(NamedTuple):
    """A platform whose web sign-in leads back here: its client, the query argument of its code, and
    what it raises for a code that is spent.
    """

    client: Callable[..., Awaitable[Any]]
    code: str
    spent: type[AppError]


WAYS = {
    "wechat": Way(institutions.wechat, "code", WeChatCodeUsed),
    "alipay": Way(institutions.alipay, "auth_code", AuthCodeUsed),
}


class _SignIn(Handler):
    """What both steps of the web sign-in share."""

    async def begin(self, channel: Channel, next_path: str, tries: int = 1) -> None:
        """Sends the browser to the platform with a state that only its own cookie can redeem."""
        state = ids.new("st")
        self.keep(STATE, {"state": state, "next": next_path, "tries": tries}, STATE_DAYS)
        client = await WAYS[channel.platform].client(self.ctx, channel)
        back = f"{self.house.settings.public_url}/signin/{channel.platform}/{channel.id}"
        self.redirect(client.authorize_url(back, state))


class Begin(_SignIn):
    """``GET /signin?next=/h5/…``: by Alipay inside Alipay, by WeChat everywhere else."""

    access = public("the way in")

    async def get(self) -> None:
        platform = app_of(self.request.headers.get("User-Agent", ""))
        channel = await institutions.channel_for(self.ctx, platform or "wechat")
        await self.begin(channel, local_path(self.get_query_argument("next", "/")))


class Return(_SignIn):
    """``GET /signin/wechat/{channel}?code=…&state=…`` or ``/signin/alipay/{channel}?auth_code=…``:
    the platform sends the browser back.
    """

    access = public("the platform's code and the browser's own state are the proof")

    async def get(self, platform: str, channel_id: str) -> None:
        begun = self.kept(STATE, STATE_DAYS)
        self.drop(STATE)
        if not begun or begun["state"] != self.get_query_argument("state", ""):
            if self.ctx.actor.kind == "account":  # the back button after a finished sign-in
                self.redirect("/")
                return
            raise SignInExpired()
        way, channel = WAYS[platform], await _channel(self, channel_id, platform)
        code = self.get_query_argument(way.code, "")
        try:
            identity = await (await way.client(self.ctx, channel)).sign_in(code)
        except way.spent:
            if begun["tries"] >= TRIES:
                raise
            await self.begin(channel, begun["next"], begun["tries"] + 1)
            return
        self.keep(SESSION, await _claims(self, channel, identity), self.session_days)
        self.redirect(begun["next"])


async def _wechat_mini(ctx: Ctx, channel: Channel, code: str) -> OpenIdentity:
    return await (await institutions.wechat(ctx, channel)).code_to_session(code)


async def _alipay_mini(ctx: Ctx, channel: Channel, code: str) -> AlipayIdentity:
    return await (await institutions.alipay(ctx, channel)).sign_in(code)


MINI = {"wechat_mini": _wechat_mini, "alipay": _alipay_mini}
"""Who a mini-program's code stands for, by the platform of its channel."""


class MiniSignIn(Form):
    """``js_code`` comes from the mini-program's ``wx.login``, in Alipay ``my.getAuthCode`` with the
    scope ``auth_base``.
    """

    channel: Annotated[str, Text(min_length=1, max_length=40)]
    js_code: Annotated[str, Text(min_length=1, max_length=512)]


class Token(msgspec.Struct, frozen=True):
    """``token`` goes into ``Authorization: Bearer …``; ``expires_in`` is in seconds."""

    token: str
    expires_in: int


class Sessions(ApiHandler):
    """``POST /api/v1/sessions``: a mini-program signs in and gets a bearer token."""

    access = public("the mini-program's code is the proof; no cookie is set")
    api = calls(
        post=Call(
            does="小程序登录",
            form=MiniSignIn,
            answer=Token,
            status=201,
            refuses=(
                *(NotFound, NoChannel, ChannelUnusable, SnapshotVisitor, WeChatCodeUsed),
                *(AuthCodeUsed, AccountLeaving, WrongState),
                *(GatewayBusy, GatewayRefused, GatewayUnknown),
            ),
        )
    )

    def check_xsrf_cookie(self) -> None:
        """Nothing here acts for a browser's session."""

    async def post(self) -> None:
        form = self.form(MiniSignIn)
        channel = await _channel(self, form.channel, *MINI)
        said = await MINI[channel.platform](self.ctx, channel, form.js_code)
        claims = await _claims(self, channel, said)
        token = signed(self.house, SESSION, claims)
        self.answer({"token": token, "expires_in": self.session_days * 86400}, 201)


async def _wechat_phone(ctx: Ctx, channel: Channel, code: str) -> VerifiedPhone:
    return await (await institutions.wechat(ctx, channel)).phone_number(code)


async def _alipay_phone(ctx: Ctx, channel: Channel, code: str) -> VerifiedPhone:
    if "aes_key" not in channel.secrets:
        raise ChannelUnusable(fields={"secrets.aes_key": "未填写"})
    return (await institutions.alipay(ctx, channel)).phone_number(code)


PHONES = {"wechat_mini": _wechat_phone, "alipay": _alipay_phone}
"""The number that a mini-program's code stands for, by the platform of its channel."""


class GivePhone(Form):
    """``code`` comes from the ``getPhoneNumber`` button of the mini-program ``channel``; in Alipay
    it is the whole ``response`` of ``my.getPhoneNumber``.
    """

    channel: Annotated[str, Text(min_length=1, max_length=40)]
    code: Annotated[str, Text(min_length=1, max_length=4096)]


class Phone(ApiHandler):
    """``PUT /api/v1/account/phone``: the platform says which number this person has.

    Answers a new token, because the account may have become one with an elder one.
    """

    access = ACCOUNT
    api = calls(
        put=Call(
            does="核实手机号",
            form=GivePhone,
            answer=Token,
            refuses=(
                *(NotFound, NoChannel, ChannelUnusable, PhoneCodeUsed, WrongState),
                PhoneUnproven,
                *(GatewayBusy, GatewayRefused, GatewayUnknown),
            ),
        )
    )

    async def put(self) -> None:
        form = self.form(GivePhone)
        channel = await _channel(self, form.channel, *PHONES)
        phone = await PHONES[channel.platform](self.ctx, channel, form.code)
        session = _own(self)  # over in a moment, if its account becomes another
        account = await service.claim_phone(self.ctx, session.account, phone)
        claims = await logins.carry(self.ctx, session, account)
        token = signed(self.house, SESSION, claims)
        self.answer({"token": token, "expires_in": self.session_days * 86400})


class Entered(Form):
    """``next``: the page of ours that the web-view is to show."""

    next: Annotated[str, Text(min_length=1, max_length=500)] = "/h5/"


class EntryShown(msgspec.Struct, frozen=True):
    """``url`` is what the web-view opens, once and within a minute."""

    url: str


class Entries(ApiHandler):
    """``POST /api/v1/sessions/entries``: a mini-program shows our pages in its web-view, whose
    cookies it cannot set: the address that signs the web-view in.
    """

    access = ACCOUNT
    api = calls(
        post=Call(
            does="小程序内打开网页",
            form=Entered,
            answer=EntryShown,
            status=201,
            refuses=(NotFound,),
        )
    )

    async def post(self) -> None:
        form = self.form(Entered)
        session = _own(self)
        key = await service.allow_entry(self.ctx, session.account)
        claims = {
            "account": session.account, "channel": session.channel, "inst": session.inst,
            "key": key, "next": local_path(form.next, "/h5/"),
        }  # fmt: skip
        token = signed(self.house, ENTRY, claims)
        self.answer({"url": f"{self.house.settings.public_url}/signin/mini?entry={token}"}, 201)


class Enter(Handler):
    """``GET /signin/mini?entry=…``: in a mini-program's web-view only, so that no link can make
    somebody's browser another person's.
    """

    access = public("the single-use key that the signed-in mini-program was given is the proof")

    async def get(self) -> None:
        token = self.get_query_argument("entry", "")
        claims = verified(self.house, ENTRY, token, ENTRY_DAYS)
        if claims is None or WEB_VIEW not in self.request.headers.get("User-Agent", ""):
            raise SignInExpired()
        ctx = self.ctx.within(claims["inst"])
        account = await service.enter(ctx, claims["account"], claims["key"], claims["channel"])
        channel = await institutions.channel(ctx, claims["channel"])
        fresh = await logins.begin(ctx, account, channel, _agent(self))
        self.keep(SESSION, fresh, self.session_days)
        self.redirect(claims["next"])


class Devices(ApiHandler):
    """``GET``: where the account is signed in (1 call)."""

    access = ACCOUNT
    api = calls(get=Call(does="登录设备", answer=Items[Device]))

    async def get(self) -> None:
        self.answer(Items(await logins.mine(self.ctx, _own(self))))


class OtherDevices(ApiHandler):
    """``POST`` ends all sessions but this one, whose token is a new one from then on."""

    access = ACCOUNT
    api = calls(post=Call(does="退出其他设备", answer=Token, refuses=(SignInExpired,)))

    async def post(self) -> None:
        claims = await logins.end_others(self.ctx, _own(self))
        if not self.request.headers.get("Authorization"):
            self.keep(SESSION, claims, self.session_days)
        token = signed(self.house, SESSION, claims)
        self.answer({"token": token, "expires_in": self.session_days * 86400})


class OneDevice(ApiHandler):
    """``DELETE`` ends one session."""

    access = ACCOUNT
    api = calls(delete=Call(does="退出一台设备", status=204, refuses=(NotFound,)))

    async def delete(self, session: str) -> None:
        await logins.end(self.ctx, self.ctx.actor.id, session)
        self.set_status(204)


class SignOut(ApiHandler):
    """``POST /signout``: 204 for a bearer token, back to the first page for a browser."""

    access = ACCOUNT

    async def post(self) -> None:
        session = sessions.recognise(self.house, self.session_claims())
        if session:
            await logins.sign_out(self.ctx, session.id)
        if self.request.headers.get("Authorization"):
            self.set_status(204)
            return
        self.drop(SESSION)
        self.redirect(local_path(self.get_body_argument("next", "/")), status=303)


async def _channel(handler: Handler, channel_id: str, *platforms: str) -> Channel:
    """One of these platforms. Raises NotFound, NoChannel."""
    channel = await institutions.channel(handler.ctx, channel_id)
    if channel.platform not in platforms:
        raise NoChannel(platform=platforms[0])
    return channel


async def _claims(handler: Handler, channel: Channel, said: OpenIdentity | AlipayIdentity) -> dict:
    ctx = handler.ctx.within(channel.inst)
    identity = from_alipay(said) if isinstance(said, AlipayIdentity) else said
    identity = await service.with_unionid(ctx, channel, identity)
    account = await service.sign_in(ctx, channel, identity)
    return await logins.begin(ctx, account, channel, _agent(handler))


def _own(handler: Handler) -> sessions.Session:
    """The session that asks."""
    return sessions.required(handler.house, handler.session_claims())


def _agent(handler: Handler) -> str:
    return handler.request.headers.get("User-Agent", "")


routes = [
    (r"/signin", Begin),
    (r"/signin/(wechat|alipay)/(\w+)", Return),
    (r"/signin/mini", Enter),
    (r"/api/v1/sessions", Sessions),
    (r"/api/v1/sessions/entries", Entries),
    (r"/api/v1/account/phone", Phone),
    (r"/api/v1/account/sessions", Devices),
    (r"/api/v1/account/sessions/end-others", OtherDevices),
    (r"/api/v1/account/sessions/(\w+)", OneDevice),
    (r"/signout", SignOut),
]
