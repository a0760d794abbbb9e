"""Free slots, read by everybody: answered from memory, no round trip."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from tornado.httputil import HTTPServerRequest

from booking.schedules import service
from booking.schedules.board import Page, day_free
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.context import House
from wx_backend.base.forms import Form
from wx_backend.base.handler import JSON, SAFETY, ApiHandler, Ready, public


class DayQuery(Form):
    """``date`` is the visit date, ``2026-11-24``."""

    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SlotShown(msgspec.Struct, frozen=True):
    """A slot as ``board.py`` writes it; ``free`` numbers are left to everybody."""

    id: str
    starts_at: datetime
    ends_at: datetime
    session: str
    location: str
    fee_fen: int
    state: Literal["free", "full", "not_open", "closed"]
    free: int


class DoctorDay(msgspec.Struct, frozen=True):
    id: str
    name: str
    title: str
    slots: list[SlotShown]


class DayShown(msgspec.Struct, frozen=True):
    date: str
    doctors: list[DoctorDay]


class DateShown(msgspec.Struct, frozen=True):
    """A visit date and the numbers left on it."""

    date: str
    free: int


class DepartmentSlots(ApiHandler):
    """``GET`` the slots of a department on a date, grouped by doctor (0 calls)."""

    access = public("what may be booked is shown before anybody signs in")
    api = calls(get=Call(does="科室某天的号源", query=DayQuery, answer=DayShown))

    def get(self, department_id: str) -> None:
        date = self.query(DayQuery).date
        page = service.board(self.house).page(department_id, date, self.ctx.now())
        for name, value in _headers(page).items():
            self.set_header(name, value)
        if "If-None-Match" in self.request.headers and self.check_etag_header():
            self.set_status(304)
            self.finish()
        elif "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(page.gzipped)
        else:
            self.finish(page.plain)

    @classmethod
    def ready(cls, house: House, request: HTTPServerRequest, department_id: str) -> Ready | None:
        """The day as it is kept; one that is not has to be asked for properly first."""
        dates = request.arguments.get("date", ())
        if len(dates) != 1 or len(request.arguments) != 1:
            return None
        date = dates[0].decode("ascii", "replace")
        page = service.board(house).kept(department_id, date, house.business.now())
        if page is None:
            return None
        length = str(len(page.gzipped))
        packed = {"Content-Encoding": "gzip", "Content-Length": length}
        return Ready(SAFETY | _headers(page) | packed, page.gzipped)

    def compute_etag(self) -> str | None:
        """Known already; hashing the answer again would cost more than sending it."""
        return None


def _headers(page: Page) -> dict[str, str]:
    return {
        "Content-Type": JSON,
        "Cache-Control": "max-age=1",
        "Vary": "Accept-Encoding",
        "Etag": page.etag,
    }


class DepartmentDates(ApiHandler):
    """``GET`` the dates on which a department has slots, with what is free (0 calls)."""

    access = public("what may be booked is shown before anybody signs in")
    api = calls(get=Call(does="科室有号的日期", answer=Items[DateShown]))

    def get(self, department_id: str) -> None:
        view = service.availability(self.house)
        now = self.ctx.now()
        self.answer(
            {
                "items": [
                    {"date": date, "free": day_free(view, department_id, date, now)}
                    for date in view.department_dates(department_id)
                ]
            }
        )


routes = [
    (r"/api/v1/departments/([a-z0-9]+)/dates", DepartmentDates),
    (r"/api/v1/departments/([a-z0-9]+)/slots", DepartmentSlots),
]
