"""The finance office of a hospital whose HIS is told of money, and its worker in one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

from booking.reconciliation import service
from booking.reconciliation.model import Difference, RepairForm, Run
from tests.helpers import his
from tests.helpers.hospital import Hospital
from tests.helpers.planted_day import Plan, Planter, planted
from wx_backend.base.context import Actor, Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.clients import credential
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints.demo import staff, world

PLATFORMS = ("wechat_pay", "alipay")
WRITTEN = ("orders", "postings", "reconciliations", "differences", "reconciled_months", "tasks")
DAYS = 6
"""Ago: the bills of the days around are ready, whatever the hour."""


class Office:
    def __init__(self, hospital: Hospital, inst: str = world.HOSPITAL.id) -> None:
        self.hospital, self.house, self.inst = hospital, hospital.house, inst

    @property
    def ctx(self) -> Ctx:
        clerk = staff.BY_KEY["pan-yue"]
        actor = Actor("staff", clerk.id, frozenset({"finance"}))
        return self.house.ctx(self.inst, actor)

    @property
    def day(self) -> date:
        return self.house.ctx(None).today() - timedelta(days=DAYS)

    async def fresh(self) -> None:
        """Nothing has been paid, booked or reconciled."""
        for what in ("faults", "books", "alipay", "bills"):
            await self.hospital.control("clear", what=what)
        await his.keeps_books(self.hospital)
        for name in WRITTEN:
            await self.house.db.raw(name).delete_many({})

    async def plan(self, seed: int, orders: int) -> Plan:
        """See ``planted``."""
        ahead = self.house.business.offset
        return planted(seed, orders, self.inst, await self._channels(), self.day, ahead)

    @asynccontextmanager
    async def sharing(self, inst: str) -> AsyncIterator["Office"]:
        """The office of an institution that takes money as the same merchants, and has no HIS."""
        beside = Office(self.hospital, inst)
        for one in (await self._channels()).values():
            opened = {name: credential(self.house, one, name) for name in one.secrets}
            spec = ChannelSpec(one.platform, opened, one.appid, one.mchid, params=one.params)
            await institutions.register_channel(beside.ctx, spec)
        yield beside
        await self.house.db.raw("channels").delete_many({"inst": inst})

    async def planter(self, seed: int = 0, paid: tuple[str, ...] = PLATFORMS) -> Planter:
        """For a day of a test's own, on which there are bills of the platforms that were paid."""
        plan = Plan(seed, self.day, self.house.business.offset)
        planter = Planter(plan, self.inst, await self._channels())
        for platform in paid:
            planter.pay(platform=platform)
        return planter

    async def write(self, plan: Plan) -> None:
        await plan.write(self.house, self.hospital.control)

    async def run(self) -> Run:
        """Has the day reconciled, and the worker do it."""
        await service.ask(self.ctx, self.day)
        await service.work_due(self.house.ctx(None))
        return await service.run(self.ctx, self.day)

    async def found(self) -> dict[tuple[str, str], str]:
        """Class by (side, no) of everything that the day's run lists."""
        listed = await service.differences(self.ctx, self.day)
        return {(one.side, one.no): one.kind for one in listed}

    async def one(self) -> Difference:
        """The only difference."""
        [only] = await service.differences(self.ctx, self.day)
        return only

    async def tasks(self) -> list[str]:
        """States of what the office was asked to look at on this day."""
        asked = {"kind": "reconciliation", "subject": self.day.isoformat()}
        return [doc["state"] async for doc in self.house.db.raw("tasks").find(asked)]

    async def repair(self, one: Difference, action: str) -> Difference:
        form = RepairForm(action=action, version=one.version, why="核对平台后处理")
        return await service.repair(self.ctx, one.id, form)

    async def _channels(self) -> dict:
        known = await institutions.channels(self.ctx)
        return {one.platform: one for one in known if one.platform in PLATFORMS}
