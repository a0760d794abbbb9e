"""Free slots, read by everybody: answered from memory, no round trip."""

from typing import Annotated

import msgspec

from booking.schedules import service
from booking.schedules.board import day_free
from wx_backend.base.forms import Form
from wx_backend.base.handler import JSON, ApiHandler, public


class DayQuery(Form):
    """``date`` is the visit date, ``2026-11-24``."""

    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class DepartmentSlots(ApiHandler):
    """``GET`` the slots of a department on a date, grouped by doctor (0 calls)."""

    access = public("what may be booked is shown before anybody signs in")

    def get(self, department_id: str) -> None:
        date = self.query(DayQuery).date
        page = service.board(self.house).page(department_id, date, self.ctx.now())
        self.set_header("Content-Type", JSON)
        self.set_header("Cache-Control", "max-age=1")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Etag", page.etag)
        if "If-None-Match" in self.request.headers and self.check_etag_header():
            self.set_status(304)
            self.finish()
        elif "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(page.gzipped)
        else:
            self.finish(page.plain)

    def compute_etag(self) -> str | None:
        """Known already; hashing the answer again would cost more than sending it."""
        return None


class DepartmentDates(ApiHandler):
    """``GET`` the dates on which a department has slots, with what is free (0 calls)."""

    access = public("what may be booked is shown before anybody signs in")

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
