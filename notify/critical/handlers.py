"""Critical values over JSON, for staff; pages call the same services."""

from datetime import date
from typing import Annotated

import msgspec

from notify.critical import access, service
from notify.critical.indicators import Share, Spread
from notify.critical.model import (
    Alert,
    Close,
    ContactFirst,
    ContactForm,
    Handle,
    HandOver,
    NoSuchColleague,
    NoSuchPhysician,
    Notify,
    ReadBack,
    ReadBackLocked,
    ReadBackWrong,
    Refute,
    TakeOver,
)
from notify.critical.readback import Choice
from wx_backend.base.api import Call, Items, calls, shown
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ApiHandler, staff

Version = Annotated[int, Text(ge=1)]


class ReceiveForm(ReadBack, kw_only=True):
    """``version``: of the alert as it was shown."""

    version: Version


class NotifyForm(Notify, kw_only=True):
    version: Version


class HandleForm(Handle, kw_only=True):
    version: Version


class CloseForm(Close, kw_only=True):
    version: Version


class ContactedForm(ContactForm, kw_only=True):
    version: Version


class RefuteForm(Refute, kw_only=True):
    version: Version


class HandOverForm(HandOver, kw_only=True):
    version: Version


class TakeOverForm(TakeOver, kw_only=True):
    version: Version


class Month(Form):
    """``month`` as ``2026-11``."""

    month: Annotated[str, Text(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in a list, without its value: that is in the alert, which is audited."""

    id: str
    state: str
    state_name: str
    version: int
    severity: str
    name: str
    patient: str
    area: str
    ward: str
    bed: str
    department: str
    rung: int
    supervised: bool
    raised_at: str
    due_at: str | None


Whole = shown(Alert)


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """The whole alert, the values offered for the read-back (the neutral one comes first), and the
    telephone of the laboratory, empty when it is not known.
    """

    alert: Whole
    choices: list[Choice]
    laboratory_phone: str


class ColleagueShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be asked to take over, and why they are offered."""

    member: str
    name: str
    title: str
    why: str


class ShareShown(msgspec.Struct, frozen=True):
    """``percent`` has two decimals, null of nothing."""

    part: int
    whole: int
    percent: float | None


class IndicatorsShown(msgspec.Struct, frozen=True, kw_only=True):
    """通报率, 通报及时率, 接收及时率, 处置及时率, 闭环率, counts, and times in seconds."""

    alerts: int
    notified: ShareShown
    in_time: ShareShown
    received_in_time: ShareShown
    handled_in_time: ShareShown
    closed: ShareShown
    escalated: int
    recalled: int
    refuted: int
    supervised: int
    misread: int
    receiving: Spread
    notifying: Spread
    handling: Spread


def line(one: Alert) -> Line:
    named = ("id", "state", "state_name", "version", "severity", "name", "patient", "area")
    placed = ("ward", "bed", "department", "supervised")
    return Line(
        **{name: getattr(one, name) for name in (*named, *placed)},
        rung=max(one.rung, 0),
        raised_at=one.raised_at.isoformat(),
        due_at=one.due_at.isoformat() if one.due_at else None,
    )


async def whole(ctx: Ctx, one: Alert) -> AlertShown:
    plain = {name: getattr(one, name) for name in one.__struct_fields__}
    phone = await service.laboratory_phone(ctx, one)
    return AlertShown(alert=Whole(**plain), choices=service.choices(one), laboratory_phone=phone)


class Board(ApiHandler):
    """``GET``: three or four calls."""

    access = staff(access.READ)
    api = calls(get=Call(does="危急值看板：未闭环的与刚结束的", answer=Items[Line]))

    async def get(self) -> None:
        self.answer(Items([line(one) for one in await service.board(self.ctx)]))


class Mine(ApiHandler):
    """``GET``: three calls."""

    access = staff(access.READ)
    api = calls(get=Call(does="我的危急值", answer=Items[Line]))

    async def get(self) -> None:
        self.answer(Items([line(one) for one in await service.mine(self.ctx)]))


class OneAlert(ApiHandler):
    """``GET``: two reads, sometimes three, and the record of the audit."""

    access = staff(access.READ)
    api = calls(get=Call(does="危急值详情（记入审计）", answer=AlertShown, refuses=(NotFound,)))

    async def get(self, key: str) -> None:
        self.answer(await whole(self.ctx, await service.alert(self.ctx, key)))


class _Act(ApiHandler):
    """One act of a person."""

    def device(self) -> str:
        """Where it was done from, for the log (clinical.md 1.4)."""
        return f"{self.request.remote_ip} {self.request.headers.get('User-Agent', '')}"


class Receive(_Act):
    access = staff(access.RECEIVE)
    api = calls(
        post=Call(
            does="接收并复述", form=ReceiveForm, answer=AlertShown,
            refuses=(NotFound, WrongState, ReadBackWrong, ReadBackLocked),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(ReceiveForm)
        done = await service.receive(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Physician(_Act):
    access = staff(access.RECEIVE)
    api = calls(
        post=Call(
            does="登记已通知的医生", form=NotifyForm, answer=AlertShown,
            refuses=(NotFound, WrongState, NoSuchPhysician),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(NotifyForm)
        done = await service.notify_physician(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Contacted(_Act):
    access = staff(access.RECEIVE)
    api = calls(
        post=Call(
            does="登记联系患者", form=ContactedForm, answer=AlertShown,
            refuses=(NotFound, WrongState),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(ContactedForm)
        done = await service.contact(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Handled(_Act):
    access = staff(access.HANDLE)
    api = calls(
        post=Call(
            does="登记处置", form=HandleForm, answer=AlertShown,
            refuses=(NotFound, WrongState, ContactFirst),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(HandleForm)
        done = await service.handle(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Closed(_Act):
    access = staff(access.HANDLE)
    api = calls(
        post=Call(
            does="登记病程，闭环", form=CloseForm, answer=AlertShown,
            refuses=(NotFound, WrongState),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(CloseForm)
        done = await service.close(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Refuted(_Act):
    access = staff(access.HANDLE)
    api = calls(
        post=Call(
            does="判定为误报（须经检验科确认）", form=RefuteForm, answer=AlertShown,
            refuses=(NotFound, WrongState),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(RefuteForm)
        done = await service.refute(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class HandedOver(_Act):
    """``GET``: five calls at most."""

    access = staff(access.RECEIVE)
    api = calls(
        get=Call(does="可接班的当班同事", answer=Items[ColleagueShown], refuses=(NotFound,)),
        post=Call(
            does="交班：请当班同事接手，接班前仍由本人负责", form=HandOverForm, answer=AlertShown,
            refuses=(NotFound, WrongState, NoSuchColleague),
        ),
    )  # fmt: skip

    async def get(self, key: str) -> None:
        found = await service.colleagues(self.ctx, await service.alert(self.ctx, key))
        self.answer(
            Items(
                [
                    ColleagueShown(
                        member=one.member.id, name=one.member.name, title=one.member.title,
                        why=one.why,
                    )
                    for one in found
                ]
            )
        )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(HandOverForm)
        done = await service.hand_over(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class TakenOver(_Act):
    access = staff(access.RECEIVE)
    api = calls(
        post=Call(
            does="接班，或不接", form=TakeOverForm, answer=AlertShown,
            refuses=(NotFound, WrongState),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(TakeOverForm)
        done = await service.take_over(self.ctx, key, form.version, form, self.device())
        self.answer(await whole(self.ctx, done))


class Figures(ApiHandler):
    """``GET``: one call, over the alerts of a month."""

    access = staff(access.WATCH)
    api = calls(get=Call(does="危急值质量指标（按月）", query=Month, answer=IndicatorsShown))

    async def get(self) -> None:
        asked = self.query(Month)
        found = await service.figures(self.ctx, date.fromisoformat(f"{asked.month}-01"))
        told = {name: getattr(found, name) for name in found.__struct_fields__}
        self.answer(
            IndicatorsShown(
                **{
                    name: ShareShown(one.part, one.whole, one.percent)
                    if isinstance(one, Share)
                    else one
                    for name, one in told.items()
                }
            )
        )


ONE = r"/api/v1/critical/alerts/([a-z0-9]{5,40})"
routes = [
    (r"/api/v1/critical/alerts", Board),
    (r"/api/v1/critical/alerts/mine", Mine),
    (ONE, OneAlert),
    (ONE + "/receive", Receive),
    (ONE + "/physician", Physician),
    (ONE + "/contact", Contacted),
    (ONE + "/handle", Handled),
    (ONE + "/close", Closed),
    (ONE + "/refute", Refuted),
    (ONE + "/handover", HandedOver),
    (ONE + "/takeover", TakenOver),
    (r"/api/v1/critical/indicators", Figures),
]
