"""Staff and roles: one administrator makes accounts, another gives them roles."""

from wx_backend.base.errors import AppError
from wx_backend.base.forms import from_fields
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.signin import service as signin
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import ROLES, Member, MemberForm

PATH = "/console/staff"
STATES = {"ACTIVE": "在职", "LEFT": "离职"}
ASKED = ("q", "department", "state", "after")
FIELDS = ("name", "title", "department_id", "wecom")


class StaffPage(ConsolePage):
    """What these pages share."""

    here = "staff"

    async def units(self) -> dict[str, str]:
        return {unit.id: unit.name for unit in await departments.departments(self.ctx)}

    def sent_form(self) -> MemberForm:
        """Raises Invalid."""
        names = MemberForm.__struct_fields__
        sent = self.request.body_arguments
        return from_fields({name: sent[name] for name in names if name in sent}, MemberForm)

    def typed(self) -> dict[str, str]:
        return {name: self.get_body_argument(name, "") for name in ("number", *FIELDS)}


class Staff(StaffPage):
    """``GET`` shows everybody, ``POST q= department= state= after=`` looks for some: the name typed
    in travels in the body, so that no address or log keeps it.
    """

    access = staff("staff:read")

    async def get(self) -> None:
        await self._list(dict.fromkeys(ASKED, ""))

    async def post(self) -> None:
        await self._list({name: self.get_body_argument(name, "").strip()[:40] for name in ASKED})

    async def _list(self, asked: dict[str, str]) -> None:
        page = await members.search(
            self.ctx, asked["q"], asked["department"], asked["state"], asked["after"]
        )
        await self.show(
            "staff.html",
            rows=page.items,
            departments=await self.units(),
            states=STATES,
            onward=page.after,
            adds=self.may("staff:change"),
            path=PATH,
            asked=asked,
        )


class NewMember(StaffPage):
    """``GET`` the form, ``POST`` makes the account and shows its first password once."""

    access = staff("staff:change")

    async def get(self) -> None:
        await self._ask({})

    async def post(self) -> None:
        try:
            member = await members.add(
                self.ctx, self.get_body_argument("number", "").strip(), self.sent_form()
            )
        except AppError as error:
            await self._ask(self.typed(), error)
            return
        password = await signin.hand_out(self.ctx, member.id)
        self.show_bare("handed_out.html", member=member, password=password)

    async def _ask(self, typed: dict[str, str], error: AppError | None = None) -> None:
        await self.show(
            "member_new.html",
            error.status if error else 200,
            typed={name: typed.get(name, "") for name in ("number", *FIELDS)},
            departments=await self.units(),
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
        )


class OneMember(StaffPage):
    """``GET`` one member, ``POST`` changes what describes them."""

    access = staff("staff:read")

    async def get(self, member_id: str) -> None:
        await self.show_member(await members.member(self.ctx, member_id))

    async def show_member(self, member: Member, error: AppError | None = None) -> None:
        await self.show(
            "member.html",
            error.status if error else 200,
            member=member,
            departments=await self.units(),
            states=STATES,
            roles=ROLES,
            changes=self.may("staff:change"),
            grants=self.may("staff:grant") and member.id != self.ctx.actor.id,
            audits=self.may("audit:read"),
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
        )

    def back(self, member_id: str, words: str) -> None:
        self.say(words, f"{PATH}/{member_id}")


class Describe(OneMember):
    """``POST`` changes name, title, department, WeCom userid or phone."""

    access = staff("staff:change")

    async def get(self, member_id: str) -> None:
        self.go(f"{PATH}/{member_id}")

    async def post(self, member_id: str) -> None:
        try:
            await members.edit(self.ctx, member_id, self.sent_version(), self.sent_form())
        except AppError as error:
            await self.show_member(await members.member(self.ctx, member_id), error)
            return
        self.back(member_id, "已保存")


class Grant(OneMember):
    """``POST roles=…``: exactly these roles; the member signs in again."""

    access = staff("staff:grant")

    async def get(self, member_id: str) -> None:
        self.go(f"{PATH}/{member_id}")

    async def post(self, member_id: str) -> None:
        roles = self.get_body_arguments("roles")
        await members.grant(self.ctx, member_id, self.sent_version(), roles)
        self.back(member_id, "角色已更新，该员工需重新登录")


class HandOut(StaffPage):
    """``POST``: a new first password, shown once; the app has to be set up anew."""

    access = staff("staff:change")

    async def post(self, member_id: str) -> None:
        member = await members.member(self.ctx, member_id)
        password = await signin.hand_out(self.ctx, member_id)
        self.show_bare("handed_out.html", member=member, password=password)


class Leave(OneMember):
    """``POST``: has left, or is back (``back=1``)."""

    access = staff("staff:change")

    async def get(self, member_id: str) -> None:
        self.go(f"{PATH}/{member_id}")

    async def post(self, member_id: str) -> None:
        if self.get_body_argument("back", ""):
            await members.rejoin(self.ctx, member_id, self.sent_version())
            self.back(member_id, "已恢复在职，请由安全管理员重新授予角色")
            return
        await members.leave(self.ctx, member_id, self.sent_version())
        self.back(member_id, "已办理离职，角色与登录全部收回")
