"""Pools of numbers: whose a slot's numbers are now, and when they come free. From memory."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from booking.schedules import service as schedules
from booking.schedules.model import EVERYBODY, POOLS, SESSIONS, Pool, Slot
from wx_backend.base.handler import staff
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.web.console.pages.today import DayPage

PATH = "/console/pools"
STATES = {"LATER": "未放", "KEPT": "保留中", "RETURNED": "已归还"}
TONES = {"LATER": "mute", "KEPT": "ok", "RETURNED": "warn"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One slot: how many numbers are free to everybody now, and its pools as they stand."""

    slot: Slot
    session: str
    public: int
    taken: int
    pools: tuple[tuple[Pool, str], ...]


def referral_share(slots: Iterable[Slot]) -> int:
    """How many of a hundred numbers are kept for referred patients; 0 without any numbers."""
    places = [slot for slot in slots if slot.state == "OPEN"]
    kept = sum(p.last - p.first + 1 for s in places for p in s.pools if p.name == "referral")
    every = sum(slot.capacity for slot in places)
    return 100 * kept // every if every else 0


def standing(slot: Slot, pool: Pool, now: datetime) -> str:
    """LATER, KEPT or RETURNED, judged by the clock as a claim would be."""
    if now >= pool.return_at:
        return "RETURNED"
    return "LATER" if now < max(pool.release_at or slot.opens_at, slot.opens_at) else "KEPT"


class Pools(DayPage):
    """``GET ?date=&department=``: a day's slots with their pools."""

    access = staff("schedules:read")
    here = "pools"

    async def get(self) -> None:
        day, now = self.day(), self.ctx.now()
        rows = [
            self._row(offer.slot, now)
            for unit in await self.units()
            for offer in schedules.offers_on(self.ctx, unit.id, day).offers
        ]
        least = int(await parameters.resolve(self.ctx, "booking.referral_share"))
        share = referral_share([row.slot for row in rows])
        await self.show(
            "pools.html",
            share=share,
            least=least,
            rows=[row for row in rows if row.pools or self.asked("all")],
            every=len(rows),
            all=self.asked("all"),
            day=day.isoformat(),
            days=self.days(),
            department=self.asked("department"),
            departments=await self.unit_names(),
            names=POOLS,
            states=STATES,
            tones=TONES,
        )

    def _row(self, slot: Slot, now: datetime) -> Row:
        taken = schedules.taken(self.ctx, slot)
        return Row(
            slot=slot,
            session=SESSIONS[slot.session],
            public=slot.offered(EVERYBODY, now).bit_count(),
            taken=taken,
            pools=tuple((p, standing(slot, p, now)) for p in slot.pools if p.name in POOLS),
        )
