"""Reconciliation over JSON, for finance; the console's pages call the same services."""

from datetime import date
from typing import Annotated, Any

import msgspec

from booking.reconciliation import service
from booking.reconciliation.model import (
    SHORTEST,
    DayClosed,
    Difference,
    NoRemedy,
    RepairForm,
    Run,
    StillOpen,
)
from wx_backend.base.api import Call, calls, shown
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    Invalid,
    NotFound,
    WrongState,
)
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ApiHandler, staff

DAY = r"(20\d\d-\d\d-\d\d)"
MONTH = r"(20\d\d-(?:0[1-9]|1[0-2]))"
PATH = "/api/v1/reconciliation"
READS, REPAIRS, REOPENS = (f"reconciliation:{verb}" for verb in ("read", "repair", "reopen"))


class WhyForm(Form):
    """Why something closed is opened again."""

    why: Annotated[str, Text(min_length=SHORTEST, max_length=200)]


class MonthShown(msgspec.Struct, frozen=True):
    """``closed``: the month's books stay as they are."""

    month: str
    closed: bool
    days: list[shown(Run)]


class DayShown(msgspec.Struct, frozen=True):
    run: shown(Run)
    differences: list[shown(Difference)]


def plain(value: Any, kind: type) -> Any:
    return msgspec.convert(value, kind, from_attributes=True)


def day_of(text: str) -> date:
    """Raises NotFound: there is no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


class OneMonth(ApiHandler):
    """``GET`` the days of a month that were reconciled."""

    access = staff(READS)
    api = calls(get=Call(does="某月的对账", answer=MonthShown))

    async def get(self, month: str) -> None:
        runs = await service.runs(self.ctx, month)
        closed = await service.month(self.ctx, month) is not None
        self.answer(MonthShown(month, closed, [plain(one, shown(Run)) for one in runs]))


class OneDay(ApiHandler):
    """``GET`` a day's run with its differences."""

    access = staff(READS)
    api = calls(get=Call(does="某日的对账与差异", answer=DayShown))

    async def get(self, text: str) -> None:
        run = await service.run(self.ctx, day_of(text))
        found = await service.differences(self.ctx, run.on)
        listed = [plain(one, shown(Difference)) for one in found]
        self.answer(DayShown(plain(run, shown(Run)), listed))


class _Act(ApiHandler):
    access = staff(REPAIRS)

    def done(self, run: Run) -> None:
        self.answer(plain(run, shown(Run)))


class RunDay(_Act):
    """``POST`` has a day reconciled, again if it was before."""

    api = calls(
        post=Call(does="对某日的账", answer=shown(Run), refuses=(Invalid, DayClosed, WrongState))
    )

    async def post(self, text: str) -> None:
        self.done(await service.ask(self.ctx, day_of(text)))


class CancelDay(_Act):
    """``POST`` stops a run that waits or is under way."""

    api = calls(post=Call(does="取消对账", answer=shown(Run), refuses=(WrongState,)))

    async def post(self, text: str) -> None:
        self.done(await service.cancel(self.ctx, day_of(text)))


class CloseDay(_Act):
    """``POST`` once nothing is open."""

    api = calls(post=Call(does="日结", answer=shown(Run), refuses=(StillOpen, WrongState)))

    async def post(self, text: str) -> None:
        self.done(await service.close_day(self.ctx, day_of(text)))


class ReopenDay(_Act):
    """``POST``: a closed day may be run again."""

    access = staff(REOPENS)
    api = calls(
        post=Call(does="反日结", form=WhyForm, answer=shown(Run), refuses=(DayClosed, WrongState))
    )

    async def post(self, text: str) -> None:
        why = self.form(WhyForm).why
        self.done(await service.reopen_day(self.ctx, day_of(text), why))


class CloseMonth(ApiHandler):
    """``POST`` once all its days are closed."""

    access = staff(REPAIRS)
    api = calls(post=Call(does="月结", status=204, refuses=(StillOpen, WrongState)))

    async def post(self, month: str) -> None:
        await service.close_month(self.ctx, month)
        self.set_status(204)


class ReopenMonth(ApiHandler):
    access = staff(REOPENS)
    api = calls(post=Call(does="反月结", form=WhyForm, status=204, refuses=(WrongState,)))

    async def post(self, month: str) -> None:
        await service.reopen_month(self.ctx, month, self.form(WhyForm).why)
        self.set_status(204)


class OneDifference(ApiHandler):
    """``GET`` one difference, with what was done about it."""

    access = staff(READS)
    api = calls(get=Call(does="一条差异", answer=shown(Difference)))

    async def get(self, key: str) -> None:
        found = await service.difference(self.ctx, key)
        self.answer(plain(found, shown(Difference)))


class RepairIt(ApiHandler):
    """``POST`` tries a remedy through the ledger, or takes an explanation."""

    access = staff(REPAIRS)
    api = calls(
        post=Call(
            does="修复差异",
            form=RepairForm,
            answer=shown(Difference),
            refuses=(
                NoRemedy, DayClosed, WrongState, GatewayUnknown, GatewayRefused, GatewayBusy,
            ),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        done = await service.repair(self.ctx, key, self.form(RepairForm))
        self.answer(plain(done, shown(Difference)))


_KEY = r"([a-z0-9]{5,40})"
routes = [
    (f"{PATH}/months/{MONTH}", OneMonth),
    (f"{PATH}/months/{MONTH}/close", CloseMonth),
    (f"{PATH}/months/{MONTH}/reopen", ReopenMonth),
    (f"{PATH}/days/{DAY}", OneDay),
    (f"{PATH}/days/{DAY}/run", RunDay),
    (f"{PATH}/days/{DAY}/cancel", CancelDay),
    (f"{PATH}/days/{DAY}/close", CloseDay),
    (f"{PATH}/days/{DAY}/reopen", ReopenDay),
    (f"{PATH}/differences/{_KEY}", OneDifference),
    (f"{PATH}/differences/{_KEY}/repair", RepairIt),
]
