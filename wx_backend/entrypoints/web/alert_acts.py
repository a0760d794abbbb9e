"""What is done with an alert, at the bedside or at a desk: the same acts on pages of two faces.

Each form names the version it was made from: who comes second reads who was first, and nothing is
done twice.
"""

from abc import abstractmethod
from typing import TypeVar

import msgspec

from notify.critical import service as critical
from notify.critical.model import (
    Alert,
    Close,
    ContactForm,
    Handle,
    HandOver,
    Notify,
    ReadBack,
    Refute,
    Step,
    TakeOver,
)
from wx_backend.base import forms
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, WrongState
from wx_backend.base.handler import staff
from wx_backend.base.render import hour
from wx_backend.entrypoints.web.doctor import physicians, words
from wx_backend.entrypoints.web.staff_page import StaffPage

F = TypeVar("F", bound=forms.Form)

AT_THE_FORM = frozenset({409, 422})
"""Refusals that are said above the form; others have a page of their own."""


class Act(StaffPage):
    """``POST``; back to the alert, which says what has happened. A face adds ``sheet`` and
    ``place``.
    """

    name = ""

    @abstractmethod
    async def act(self, key: str, version: int) -> None:
        """What is done. Raises what the service raises, and Invalid."""

    @abstractmethod
    async def sheet(
        self, key: str, status: int = 200, wrong: str = "",
        given: dict[str, list[str]] | None = None,
    ) -> None:  # fmt: skip
        """The alert's page, with what was ``given`` and why it was refused."""

    @abstractmethod
    def place(self, key: str) -> str:
        """The address of the alert's page."""

    async def post(self, key: str) -> None:
        try:
            await self.act(key, self.sent_version())
        except AppError as error:
            if error.status not in AT_THE_FORM:
                raise
            await self._again(key, error)
            return
        self.say(DONE[self.name], self.place(key))

    async def _again(self, key: str, error: AppError) -> None:
        """The alert as it is now, with why nothing was done; one's own second tap is no mistake."""
        alert = await critical.alert(self.ctx, key)
        done = words.first(alert, self.name) if isinstance(error, WrongState) else None
        if done and done.member == self.ctx.actor.id:
            self.say(DONE[self.name], self.place(key))
            return
        given = {
            name: [one.decode(errors="replace") for one in sent]
            for name, sent in self.request.body_arguments.items()
        }
        await self.sheet(key, error.status, self._why(error, done), given)

    def _why(self, error: AppError, done: Step | None) -> str:
        if done:
            return self.translate(
                "%(name)s 已于 %(at)s %(what)s，无需重复操作",
                name=done.name,
                at=hour(done.at, self.zone),
                what=self.translate(words.DONE[self.name][1]),
            )
        if isinstance(error, WrongState):
            return self.translate("警报刚刚有变化（如升级或转科），以下是最新情况，请核对后再提交")
        fields = error.data.get("fields", {})
        said = (BLANK.get(name, why) if why in EMPTY else why for name, why in fields.items())
        return self.translate("；").join(map(self.translate, said)) or self.translate(error.message)

    @property
    def device(self) -> str:
        """Where it was done from, for the log (clinical.md 1.4)."""
        return f"{self.request.remote_ip} {self.request.headers.get('User-Agent', '')}"

    def typed(self, kind: type[F], **values: object) -> F:
        """A command of the page's fields; blanks count as absent. Raises Invalid."""
        given = {name: value for name, value in values.items() if value}
        return forms.from_json(msgspec.json.encode(given), kind)

    def sent(self, name: str) -> str:
        return self.get_body_argument(name, "")


class Receive(Act):
    """The value is read back."""

    access = staff("critical:receive")
    name = "receive"

    async def act(self, key: str, version: int) -> None:
        form = self.typed(ReadBack, item=self.sent("item"), value=self.sent("value"))
        await critical.receive(self.ctx, key, version, form, self.device)


class NotifyPhysician(Act):
    """A physician was told: one of those offered, or by staff number."""

    access = staff("critical:receive")
    name = "notify"

    async def act(self, key: str, version: int) -> None:
        physician = self.sent("physician")
        if number := self.sent("number"):
            physician = await physicians.numbered(self.ctx, number)
        form = self.typed(Notify, physician=physician, how=self.sent("how"))
        await critical.notify_physician(self.ctx, key, version, form, self.device)


class HandleIt(Act):
    """Measures were taken."""

    access = staff("critical:handle")
    name = "handle"

    async def act(self, key: str, version: int) -> None:
        measures = self.get_body_arguments("measures")
        form = self.typed(Handle, measures=measures, note=self.sent("note"))
        await critical.handle(self.ctx, key, version, form, self.device)


class CloseIt(Act):
    """The course of disease says so."""

    access = staff("critical:handle")
    name = "close"

    async def act(self, key: str, version: int) -> None:
        form = self.typed(Close, note=self.sent("note"))
        await critical.close(self.ctx, key, version, form, self.device)


class ContactPatient(Act):
    """One attempt to reach somebody who is not in the house."""

    access = staff("critical:receive")
    name = "contact"

    async def act(self, key: str, version: int) -> None:
        names = ("outcome", "how", "person", "note")
        form = self.typed(ContactForm, **{name: self.sent(name) for name in names})
        await critical.contact(self.ctx, key, version, form, self.device)


class RefuteIt(Act):
    """The laboratory confirms that it is none."""

    access = staff("critical:handle")
    name = "refute"

    async def act(self, key: str, version: int) -> None:
        names = ("reason", "laboratory")
        form = self.typed(Refute, **{name: self.sent(name) for name in names})
        await critical.refute(self.ctx, key, version, form, self.device)


class HandItOver(Act):
    """A colleague on duty is asked to take over."""

    access = staff("critical:receive")
    name = "hand_over"

    async def act(self, key: str, version: int) -> None:
        form = self.typed(HandOver, to=self.sent("to"), note=self.sent("note"))
        await critical.hand_over(self.ctx, key, version, form, self.device)


class TakeItOver(Act):
    """The colleague says yes or no."""

    access = staff("critical:receive")
    name = "take_over"

    async def act(self, key: str, version: int) -> None:
        form = self.typed(TakeOver, answer=self.sent("answer"), note=self.sent("note"))
        await critical.take_over(self.ctx, key, version, form, self.device)


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """How a hand-over of an alert stands for whoever looks at it.

    Args:
        colleagues: whom the caller may ask; empty unless the caller is responsible.
        asked: the caller is asked to take over.
    """

    mine: bool
    colleagues: list
    asked: bool


async def shift(ctx: Ctx, alert: Alert) -> Shift:
    """Five calls for who is responsible, none for others."""
    me, now = ctx.actor.id, alert.responsible
    mine = alert.open and now is not None and now.member == me
    return Shift(
        mine=mine,
        colleagues=await critical.colleagues(ctx, alert) if mine else [],
        asked=alert.offer is not None and alert.offer.to == me,
    )


DONE: dict[str, str] = {
    "receive": "复述正确，已记录接收",
    "notify": "已登记通知医生",
    "handle": "已登记处置",
    "close": "已登记病程记录，闭环完成",
    "contact": "已登记联系情况",
    "refute": "已登记误报",
    "hand_over": "已请同事接班；对方接班前仍由您负责",
    "take_over": "已答复交班",
}

EMPTY = ("请填写此项", "内容太短")
"""What ``base/forms`` says of a field that is not filled in."""

BLANK: dict[str, str] = {
    "value": "请先选择您看到或听到的数值",
    "physician": "请选择被通知的医生，或填写工号",
    "how": "请选择通知方式",
    "measures": "请至少选择一项处置措施",
    "outcome": "请选择联系结果",
    "reason": "请写明误报原因（至少 2 个字）",
    "laboratory": "请写明检验科确认人",
    "to": "请选择接班的同事",
    "answer": "请选择接班或不能接班",
}
"""What to do about an empty field; the others say it themselves."""
