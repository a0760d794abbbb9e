"""The work list on a phone: take a task, give it back, finish it."""

from abc import abstractmethod

from wx_backend.base.errors import Invalid, WrongState
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.doctor import paths
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage
from wx_backend.identity.worklist import service as worklist
from wx_backend.identity.worklist.model import PRIORITIES


class Tasks(DoctorPage):
    """``GET``: most urgent first."""

    access = staff("tasks:work")
    here = "tasks"

    async def get(self) -> None:
        topics = await self.topics()
        rows, more = await worklist.mine(self.ctx, "", 1)
        await self.show(
            "tasks.html", topics, rows=rows, more=more, me=self.ctx.actor.id, priorities=PRIORITIES
        )


class _Act(DoctorPage):
    access = staff("tasks:work")
    here = "tasks"
    done = ""

    @abstractmethod
    async def act(self, task_id: str, version: int) -> None:
        """What is done. Raises NotFound, WrongState, Invalid."""

    async def post(self, task_id: str) -> None:
        try:
            await self.act(task_id, self.sent_version())
        except WrongState:
            self.say("这项待办已有变化，请看最新状态", paths.TASKS)
            return
        self.tasks_changed()
        self.say(self.done, paths.TASKS)


class Take(_Act):
    """``POST``: it is mine from now on."""

    done = "已领取，请尽快办理"

    async def act(self, task_id: str, version: int) -> None:
        await worklist.take(self.ctx, task_id, version)


class Release(_Act):
    """``POST``: somebody else may take it."""

    done = "已退回，其他人可以领取"

    async def act(self, task_id: str, version: int) -> None:
        await worklist.release(self.ctx, task_id, version)


class Finish(_Act):
    """``POST``: done, with a note of what was done."""

    done = "已办结"

    async def act(self, task_id: str, version: int) -> None:
        note = self.get_body_argument("note", "")
        if not 2 <= len(note) <= 500:
            raise Invalid(fields={"note": "请写明办理结果（2 至 500 字）"})
        await worklist.finish(self.ctx, task_id, version, note)
