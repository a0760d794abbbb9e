"""`wx-backend hospital FILE`: takes over a hospital's directory and its first administrators."""

import argparse
import asyncio
from pathlib import Path

from wx_backend.base import settings
from wx_backend.base.context import Ctx, House
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.cli import directory
from wx_backend.identity.signin import service as signin
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import MemberForm

HELP = "登记医院、院区、科室、医生与首批管理员 take over a hospital's directory"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="如 deploy/hospital.json，可修改后再次登记")


def run(args: argparse.Namespace) -> int:
    """Prints what is there now, and the first password of each member of staff that is new."""
    asyncio.run(_run(args.file.read_bytes()))
    return 0


async def _run(text: bytes) -> None:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        await take_over(house, text)
    finally:
        wiring.close(house)


async def take_over(house: House, text: bytes) -> None:
    """Stores the directory; taken over again it is as the file says now, and whoever works there
    already is left alone. Raises Invalid.
    """
    file = directory.parse(text)
    await institutions.refresh(house)
    code = file.institution.code
    known = {one.code: one.id for one in institutions.all_known(house)}
    given = directory.directory(file, known.get(code) or directory.institution_id(code))
    ctx = house.ctx(given.institution.id)
    await institutions.register(ctx, given.institution, *given.campuses)
    await departments.register(ctx, given.departments, given.doctors, given.wards)
    counted = (given.campuses, given.departments, given.doctors, given.wards)
    own = given.institution
    print(f"{code} {own.name}（{own.id}）：院区、科室、医生、病区", *map(len, counted))
    for person in given.staff:
        await _employ(ctx, person)


async def _employ(ctx: Ctx, person: directory.Person) -> None:
    """Also one whom an earlier run left without a role or a password."""
    found = await staff.by_number(ctx, person.number)
    if found and found.roles:
        print(f"{person.number} {found.name}：已有账号 is there already")
        return
    if found is None:
        form = MemberForm(
            person.name, person.title, department_id=person.department, wecom=person.wecom
        )
        found = await staff.add(ctx, person.number, form)
    password = await signin.hand_out(ctx, found.id)
    found = await staff.member(ctx, found.id)
    await staff.grant(ctx, found.id, found.version, person.roles)
    print(f"{person.number} {person.name}：首次密码 first password {password}")
