"""Restrictions and appeals: what the rules propose, what people decide, what patients say to it."""

from booking.restrictions import service as restrictions
from booking.restrictions.model import KINDS
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = "/console/restrictions"
TABS = {"": "待决定", "appealed": "申诉待复核", "in_force": "限制中", "ended": "已结束"}
STATES = {
    "PROPOSED": "待决定",
    "DECLINED": "不予限制",
    "IN_FORCE": "限制中",
    "APPEALED": "申诉待复核",
    "LIFTED": "已解除",
    "EXPIRED": "已到期",
}
TONES = {"PROPOSED": "warn", "APPEALED": "warn", "IN_FORCE": "danger", "LIFTED": "ok"}


class Restrictions(ConsolePage):
    """``GET ?show=&page=``, those that wait longest first; one call."""

    access = staff("restrictions:read")
    here = "restrictions"

    async def get(self) -> None:
        tab, page = self.asked("show"), self.asked_page()
        if tab not in TABS:
            raise Invalid(fields={"show": "请从给出的选项中选择"})
        rows, more = await restrictions.page(self.ctx, tab, page)
        await self.show(
            "restrictions.html",
            rows=rows,
            kinds=KINDS,
            states=STATES,
            tones=TONES,
            tab=tab,
            tabs=TABS,
            zone=self.zone,
            back=self.address(PATH, show=tab, page=page - 1) if page > 1 else "",
            onward=self.address(PATH, show=tab, page=page + 1) if more else "",
        )


class OneRestriction(ConsolePage):
    """``GET``: the grounds, the rule, the course, and what this member may do; two calls."""

    access = staff("restrictions:read")
    here = "restrictions"

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        one = await restrictions.one(self.ctx, key)
        acted = {one.decided_by, one.ended_by, one.appeal.decided_by if one.appeal else ""} - {""}
        names = await members.members(self.ctx, acted) if acted else {}
        wrong = error.data.get("fields", {}) if error else {}
        await self.show(
            "restriction.html",
            error.status if error else 200,
            error=error.message if error and not wrong else "",
            fields=wrong,
            one=one,
            kinds=KINDS,
            states=STATES,
            tones=TONES,
            who=lambda key: names[key].name if key in names else "",
            zone=self.zone,
            decides=self.may("restrictions:decide"),
            reviews=self.may("restrictions:review") and one.decided_by != self.ctx.actor.id,
        )


class _Act(Act, OneRestriction):
    access = staff("restrictions:decide")
    path = PATH
    tasks = True

    def words(self) -> str:
        return self.get_body_argument("words", "")

    def verdict(self, *known: str) -> str:
        """Raises Invalid."""
        given = self.get_body_argument("verdict", "")
        if given not in known:
            raise Invalid(fields={"verdict": "请选择一项决定"})
        return given


class Decide(_Act):
    """``POST verdict=impose|decline words= ban_days=``"""

    async def act(self, key: str) -> str:
        version, words = self.sent_version(), self.words()
        if self.verdict("impose", "decline") == "decline":
            await restrictions.decline(self.ctx, key, version, words)
            return "已决定不予限制，这些预约不再计入"
        text = self.get_body_argument("ban_days", "").strip()
        days = int(text) if text.isascii() and text.isdigit() else 0
        await restrictions.impose(self.ctx, key, version, words, days)
        return "已限制在线预约，患者会收到通知和申诉方式"


class Lift(_Act):
    """``POST words=``: over before its time."""

    async def act(self, key: str) -> str:
        await restrictions.lift(self.ctx, key, self.sent_version(), self.words())
        return "已提前解除，患者会收到通知"


class Review(_Act):
    """``POST verdict=uphold|grant words=``: somebody else has heard the appeal."""

    access = staff("restrictions:review")

    async def act(self, key: str) -> str:
        version, words = self.sent_version(), self.words()
        upheld = self.verdict("uphold", "grant") == "uphold"
        await restrictions.review(self.ctx, key, version, words, upheld)
        return "已维持限制" if upheld else "申诉成立，限制已解除"
