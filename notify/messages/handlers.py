"""The message centre over JSON, and platforms calling back."""

from typing import Annotated

import msgspec

from notify.messages import callbacks, consents, service, wishes
from notify.messages.model import WECHAT, WECOM, Consent, Page, Preferences
from wx_backend.base import metrics
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError, WrongState
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ACCOUNT, ApiHandler, PlatformHandler, platform
from wx_backend.directory.institutions.model import NoChannel


class PageOf(Form):
    """Which messages: ``cursor`` of the page before, at most ``limit``."""

    cursor: Annotated[str, Text(max_length=80)] | None = None
    limit: Annotated[int, Text(ge=1, le=50)] = 20


class Read(Form):
    """Which messages were read; without ``ids`` all of them."""

    ids: Annotated[list[str], Text(max_length=100)] | None = None


class UnreadShown(msgspec.Struct, frozen=True):
    unread: int


class ReadShown(msgspec.Struct, frozen=True):
    """How many were unread until now."""

    read: int


class Messages(ApiHandler):
    """``GET /api/v1/messages``: one call."""

    access = ACCOUNT
    api = calls(get=Call(does="我的消息，新的在前", query=PageOf, answer=Page))

    async def get(self) -> None:
        asked = self.query(PageOf)
        self.answer(await service.inbox(self.ctx, self.ctx.actor.id, asked.cursor, asked.limit))


class Unread(ApiHandler):
    """``GET /api/v1/messages/unread``: two calls."""

    access = ACCOUNT
    api = calls(get=Call(does="未读消息数", answer=UnreadShown))

    async def get(self) -> None:
        self.answer({"unread": await service.unread(self.ctx, self.ctx.actor.id)})


class MarkRead(ApiHandler):
    """``POST /api/v1/messages/read``: three calls; repeating it changes nothing."""

    access = ACCOUNT
    api = calls(post=Call(does="标为已读", form=Read, answer=ReadShown))

    async def post(self) -> None:
        asked = self.form(Read)
        self.answer({"read": await service.mark_read(self.ctx, self.ctx.actor.id, asked.ids)})


class Wanted(ApiHandler):
    """``/api/v1/messages/preferences``: one call each."""

    access = ACCOUNT
    api = calls(
        get=Call(does="消息提醒设置", answer=Preferences),
        put=Call(does="修改消息提醒设置", form=Preferences, answer=Preferences),
    )

    async def get(self) -> None:
        self.answer(await wishes.of(self.ctx, self.ctx.actor.id))

    async def put(self) -> None:
        asked = self.form(Preferences)
        self.answer(await wishes.change(self.ctx, self.ctx.actor.id, asked))


class Agreed(Form):
    """``templates``: ids that `wx.requestSubscribeMessage` answered ``accept`` for, at one ``tap``
    (a word of the mini-program's own, so that a repetition is known).
    """

    templates: Annotated[list[str], Text(min_length=1, max_length=5)]
    tap: Annotated[str, Text(min_length=8, max_length=64)]


class Consents(ApiHandler):
    """``/api/v1/messages/consents``: templates to ask for, and what the user agreed to."""

    access = ACCOUNT
    api = calls(
        get=Call(
            does="小程序订阅消息的剩余次数", answer=Items[Consent], refuses=(NoChannel, WrongState)
        ),
        post=Call(
            does="上报用户同意的订阅消息",
            form=Agreed,
            answer=Items[Consent],
            refuses=(NoChannel, WrongState),
        ),
    )

    async def get(self) -> None:
        self.answer(Items(items=await consents.mine(self.ctx, self.ctx.actor.id)))

    async def post(self) -> None:
        asked = self.form(Agreed)
        left = await consents.report(self.ctx, self.ctx.actor.id, asked.templates, asked.tap)
        self.answer(Items(items=left))


class PlatformCallback(PlatformHandler):
    """``/cb/{platform}/{channel}``: verified, kept, answered; acted upon meanwhile or later."""

    name: str
    answer_text = ""

    async def get(self, channel_id: str) -> None:
        """The platform's own check of our address: exactly the text, within a second."""
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(await callbacks.echo(self._ctx(), self.name, channel_id, self._query()))

    async def post(self, channel_id: str) -> None:
        body = self.request.body
        said = await callbacks.receive(self._ctx(), self.name, channel_id, self._query(), body)
        kind = "application/xml" if said else "text/plain"
        self.set_header("Content-Type", f"{kind}; charset=UTF-8")
        self.finish(said or self.answer_text)

    def _ctx(self) -> Ctx:
        return self.ctx.acting_as(Actor("platform", self.name))

    def _query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def refuse(self, error: AppError) -> None:
        metrics.CALLBACKS.labels(self.name, error.code).inc()
        super().refuse(error)


class WeChatCallback(PlatformCallback):
    """The platform allows 5 seconds and tries three times."""

    access = platform("AES and signature of the WeChat account (safe mode only)")
    name = WECHAT
    answer_text = "success"


class WeComCallback(PlatformCallback):
    """The platform allows 5 seconds and tries three times; an empty 200 is its success."""

    access = platform("AES and signature of the WeCom application")
    name = WECOM


routes = [
    (r"/api/v1/messages", Messages),
    (r"/api/v1/messages/unread", Unread),
    (r"/api/v1/messages/read", MarkRead),
    (r"/api/v1/messages/preferences", Wanted),
    (r"/api/v1/messages/consents", Consents),
    (r"/cb/wechat/(\w+)", WeChatCallback),
    (r"/cb/wecom/(\w+)", WeComCallback),
]
