"""Departments, doctors and wards of the context's institution, at most a second old; staff say
what describes them.
"""

import asyncio
from collections.abc import Iterable

import msgspec

from wx_backend.base import search as words
from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.directory.departments import store
from wx_backend.directory.departments.model import (
    Department,
    DescribeDepartment,
    DescribeDoctor,
    Doctor,
    Found,
    Ward,
)


class _Directory(msgspec.Struct, frozen=True):
    """Everything of one institution, by id, in the order of lists."""

    departments: dict[str, Department]
    doctors: dict[str, Doctor]
    wards: dict[str, Ward]
    tokens: dict[str, frozenset[str]]
    """Search tokens by id of a department or doctor."""


async def departments(ctx: Ctx) -> list[Department]:
    return list((await _directory(ctx)).departments.values())


async def department(ctx: Ctx, department_id: str) -> Department:
    """Raises NotFound: unknown here, or another institution's."""
    found = (await _directory(ctx)).departments.get(department_id)
    if found is None:
        raise NotFound("没有找到这个科室")
    return found


async def doctors(ctx: Ctx, department_id: str | None = None) -> list[Doctor]:
    """All doctors, or those of one department; empty for an unknown one."""
    everybody = (await _directory(ctx)).doctors.values()
    return [one for one in everybody if department_id in (None, one.department_id)]


async def doctor(ctx: Ctx, doctor_id: str) -> Doctor:
    """Raises NotFound: unknown here, or another institution's."""
    found = (await _directory(ctx)).doctors.get(doctor_id)
    if found is None:
        raise NotFound("没有找到这位医生")
    return found


async def search(ctx: Ctx, query: str) -> Found:
    """Departments and doctors that a person may mean: by Chinese, pinyin or initials.

    From memory; a search costs no round trip of its own. An empty query finds nothing.
    """
    known = await _directory(ctx)
    return Found(
        tuple(u for u in known.departments.values() if words.matches(known.tokens[u.id], query)),
        tuple(d for d in known.doctors.values() if words.matches(known.tokens[d.id], query)),
    )


async def reindex(ctx: Ctx) -> int:
    """Search tokens are made anew where an older tokenizer made them; how many."""
    return await store.reindex(ctx)


async def describe_department(
    ctx: Ctx, department_id: str, version: int, form: DescribeDepartment
) -> None:
    """Puts these words in the place of the former ones; the audit keeps both.

    Raises:
        NotFound, WrongState (somebody changed it meanwhile).
    """
    found = await department(ctx, department_id)
    await _describe(ctx, "department", found, version, msgspec.structs.asdict(form))


async def describe_doctor(ctx: Ctx, doctor_id: str, version: int, form: DescribeDoctor) -> None:
    """As ``describe_department``."""
    found = await doctor(ctx, doctor_id)
    await _describe(ctx, "doctor", found, version, msgspec.structs.asdict(form))


async def wards(ctx: Ctx) -> list[Ward]:
    return list((await _directory(ctx)).wards.values())


async def register(
    ctx: Ctx, units: list[Department], staff: list[Doctor], wards: Iterable[Ward] = ()
) -> None:
    """Stores departments, doctors and wards as given, but for what staff have described here.
    Repeating it changes nothing.
    """
    for unit in units:
        await store.put_department(ctx, unit)
    for one in staff:
        await store.put_doctor(ctx, one)
    for ward in wards:
        await store.put_ward(ctx, ward)
    recent(ctx.house, "directory").forget(ctx.institution)


async def _describe(
    ctx: Ctx, kind: str, found: Department | Doctor, version: int, wanted: dict
) -> None:
    before = {name: getattr(found, name) for name in wanted}
    if version != found.version:
        raise WrongState()
    if before == wanted:
        return
    action = f"directory:{kind}:described"
    await ctx.house.audit.record(ctx, action, found.id, before=before, after=wanted)
    if not await store.describe(ctx, found, wanted):
        raise WrongState()
    recent(ctx.house, "directory").forget(ctx.institution)


async def _directory(ctx: Ctx) -> _Directory:
    return await recent(ctx.house, "directory").get(ctx.institution, lambda: _read(ctx))


async def _read(ctx: Ctx) -> _Directory:
    units, staff, wards = await asyncio.gather(
        store.departments(ctx), store.doctors(ctx), store.wards(ctx)
    )
    return _Directory(
        {unit.id: unit for unit, _ in units},
        {one.id: one for one, _ in staff},
        {ward.code: ward for ward in wards},
        {one.id: frozenset(tokens) for one, tokens in (*units, *staff)},
    )
