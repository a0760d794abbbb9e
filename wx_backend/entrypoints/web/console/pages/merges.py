"""Accounts that were made one: the desk reports a mistake, the office takes them apart."""

from booking.appointments import service as appointments
from wx_backend.base.errors import Invalid, NotFound
from wx_backend.base.handler import staff
from wx_backend.base.words import Filled
from wx_backend.entrypoints.web.console.pages.people import PATH as PEOPLE
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import access
from wx_backend.identity.worklist import service as worklist

PATH = "/console/merges"
TASK = "account_part"
ABOUT = "窗口反映：两个人的账号被误合并为一个"
PLATFORMS = {"wechat": "服务号", "wechat_mini": "小程序", "alipay": "支付宝"}
LEAST, MOST = 4, 200
"""Letters of a reason."""


class MergePage(ConsolePage):
    here = "people"

    def reason(self) -> str:
        """Why, in words; it is kept by the audit. Raises Invalid."""
        given = self.get_body_argument("reason", "").strip()
        if not LEAST <= len(given) <= MOST:
            wrong = Filled("请填写 %(least)s 到 %(most)s 个字", least=LEAST, most=MOST)
            raise Invalid(fields={"reason": wrong})
        return given


class Merges(MergePage):
    """``GET`` shows which accounts the one of this binding has taken over; ``POST account=`` asks
    the office to take one out again.
    """

    access = staff("bindings:verify")

    async def get(self, binding_id: str) -> None:
        await self._show(binding_id)

    async def post(self, binding_id: str) -> None:
        retired = self.get_body_argument("account", "")
        account = await access.account_of(self.ctx, binding_id)
        if retired not in {one.account for one in await accounts.merges(self.ctx, account)}:
            raise NotFound("没有找到这次账号合并")
        try:
            why = self.reason()
        except Invalid as wrong:
            await self._show(binding_id, wrong)
            return
        await self.house.audit.record(self.ctx, "staff:account:doubted", retired, reason=why)
        await worklist.open_task(self.ctx, TASK, retired, retired, ABOUT)
        self.say("已提交，由门诊办公室核对", f"{PEOPLE}/{binding_id}/merges")

    async def _show(self, binding_id: str, wrong: Invalid | None = None) -> None:
        account = await access.account_of(self.ctx, binding_id)
        await self.show(
            "merges.html",
            wrong.status if wrong else 200,
            merges=await accounts.merges(self.ctx, account),
            platforms=PLATFORMS,
            zone=self.zone,
            fields=wrong.data["fields"] if wrong else {},
            action=f"{PEOPLE}/{binding_id}/merges",
            path=PEOPLE,
        )


class OneMerge(MergePage):
    """``GET`` shows what came from the account, ``POST reason=`` takes it out again."""

    access = staff("accounts:part")

    async def get(self, account: str) -> None:
        await self._show(account)

    async def post(self, account: str) -> None:
        try:
            why = self.reason()
        except Invalid as wrong:
            await self._show(account, wrong)
            return
        await accounts.part(self.ctx, account, why)
        await worklist.settle(self.ctx, TASK, account)
        self.say("已拆分，两个账号需各自重新登录", PEOPLE)

    async def _show(self, account: str, wrong: Invalid | None = None) -> None:
        one = await accounts.merge(self.ctx, account)
        await self.show(
            "merge.html",
            wrong.status if wrong else 200,
            one=one,
            booked=await appointments.came_from(self.ctx, account, one.into),
            platforms=PLATFORMS,
            zone=self.zone,
            fields=wrong.data["fields"] if wrong else {},
            action=f"{PATH}/{account}",
            path=PEOPLE,
        )
