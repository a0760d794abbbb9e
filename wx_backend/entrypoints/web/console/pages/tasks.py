"""The work list: take a task, give it back, finish it."""

from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console import exports
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import ROLES
from wx_backend.identity.worklist import service as worklist
from wx_backend.identity.worklist.model import PRIORITIES

PATH = "/console/tasks"
TABS = {"": "待办", "done": "已办结"}
STATES = {"OPEN": "待领取", "TAKEN": "办理中", "DONE": "已办结"}


class Tasks(ConsolePage):
    """``GET ?show=&page=``, most urgent first; two calls."""

    access = staff("tasks:work")
    here = "tasks"

    async def get(self) -> None:
        tab, page = self.asked("show"), self.asked_page()
        if tab not in TABS:
            raise Invalid(fields={"show": "请从给出的选项中选择"})
        if self.asked("export"):
            await self._export(tab)
            return
        rows, more = await worklist.mine(self.ctx, tab, page)
        holders = await members.members(self.ctx, {one.holder for one in rows if one.holder})
        await self.show(
            "tasks.html",
            rows=rows,
            holders=holders,
            me=self.ctx.actor.id,
            now_at=self.ctx.now(),
            zone=self.zone,
            tab=tab,
            tabs=TABS,
            states=STATES,
            priorities=PRIORITIES,
            roles=ROLES,
            back=self.address(PATH, show=tab, page=page - 1) if page > 1 else "",
            onward=self.address(PATH, show=tab, page=page + 1) if more else "",
            exports=self.export_links(1, PATH, show=tab),
        )

    async def _export(self, tab: str) -> None:
        found, _ = await worklist.mine(self.ctx, tab, limit=exports.MOST)
        holders = await members.members(self.ctx, {one.holder for one in found if one.holder})
        heads = ("级别", "类别", "事项", "岗位", "时限", "状态", "办理人", "办理结果")
        rows = [
            (self.translate(PRIORITIES[one.priority]), self.translate(one.name), one.about,
             self.roles_of(one.roles), self.moment(one.deadline),
             self.translate(STATES[one.state]),
             holders[one.holder].name if one.holder in holders else "", one.note)
            for one in found
        ]  # fmt: skip
        await self.export("tasks", heads, rows)


class _Act(ConsolePage):
    access = staff("tasks:work")
    here = "tasks"

    def done(self, words: str) -> None:
        self.tasks_changed()
        self.say(words, PATH)


class Take(_Act):
    """``POST``: it is mine from now on."""

    async def post(self, task_id: str) -> None:
        await worklist.take(self.ctx, task_id, self.sent_version())
        self.done("已领取，请尽快办理")


class Release(_Act):
    """``POST``: somebody else may take it."""

    async def post(self, task_id: str) -> None:
        await worklist.release(self.ctx, task_id, self.sent_version())
        self.done("已退回，其他人可以领取")


class Finish(_Act):
    """``POST``: done, with a note of what was done."""

    async def post(self, task_id: str) -> None:
        note = self.get_body_argument("note", "")
        if not 2 <= len(note) <= 500:
            raise Invalid(fields={"note": "请写明办理结果（2 至 500 字）"})
        await worklist.finish(self.ctx, task_id, self.sent_version(), note)
        self.done("已办结")
