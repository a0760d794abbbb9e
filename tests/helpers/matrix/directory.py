"""Cases of what the hospital says of itself, and of what an account keeps of it."""

from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import UNIT, Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.entrypoints.demo import world

ID = r"([a-z0-9]{5,40})"
DOCTOR = world.PRACTICES[0].doctor().id
API = "/api/v1/favourites"
PATH = "/console/directory"


def kept(path: str, **fields: str) -> Case:
    """Something of this institution becomes a favourite."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        return Ask(path, fields=fields or None)

    return Case(make, of="institution")


async def _department(stage: Stage) -> Department:
    """One of its own for each request, so that none is told of another's version."""
    unit = Department(
        id=ids.new("dep"), inst=stage.ctx.institution or "", campus_id="c", campus="院区",
        name="测试科", group="内科", hint="测试", icon="eye", location="1 层",
    )  # fmt: skip
    await departments.register(stage.ctx, [unit], [])
    return unit


def department(path: str, sends: bool = False) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        unit = await _department(stage)
        fields = {"version": "1", "hint": "头晕、头痛"} if sends else None
        return Ask(path.format(unit.id), fields=fields)

    return Case(make, of="institution")


def doctor(sends: bool = False) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        one = Doctor(
            id=ids.new("doc"), inst=stage.ctx.institution or "", department_id=UNIT,
            name="测试", title="主治医师", specialty="测试",
        )  # fmt: skip
        await departments.register(stage.ctx, [], [one])
        fields = {"version": "1", "specialty": "头晕、头痛"} if sends else None
        return Ask(f"{PATH}/doctors/{one.id}", fields=fields)

    return Case(make, of="institution")


OPEN: dict[str, Case] = {
    f"GET /h5/doctors/{ID}/about": at(f"/h5/doctors/{DOCTOR}/about"),
    f"GET /h5/doctors/{ID}/share": at(f"/h5/doctors/{DOCTOR}/share"),
    f"GET /h5/departments/{ID}/about": at(f"/h5/departments/{UNIT}/about"),
    f"GET /h5/departments/{ID}/share": at(f"/h5/departments/{UNIT}/share"),
    "GET /h5/hospital": at("/h5/hospital"),
}
PATIENTS: dict[str, Case] = {
    f"GET {API}": at(API),
    f"PUT {API}/(doctor|department)/([a-z0-9]+)": kept(f"{API}/doctor/{DOCTOR}"),
    f"DELETE {API}/(doctor|department)/([a-z0-9]+)": at(f"{API}/department/{UNIT}"),
    "GET /h5/favourites": at("/h5/favourites"),
    f"GET /h5/doctors/{ID}/favourite": at(f"/h5/doctors/{DOCTOR}/favourite"),
    f"POST /h5/doctors/{ID}/favourite": kept(f"/h5/doctors/{DOCTOR}/favourite", keep="1"),
    f"GET /h5/departments/{ID}/favourite": at(f"/h5/departments/{UNIT}/favourite"),
    f"POST /h5/departments/{ID}/favourite": kept(f"/h5/departments/{UNIT}/favourite", keep="1"),
}
CONSOLE: dict[str, Case] = {
    f"GET {PATH}": at(PATH),
    f"GET {PATH}/departments/{ID}": department(f"{PATH}/departments/{{}}"),
    f"POST {PATH}/departments/{ID}": department(f"{PATH}/departments/{{}}", sends=True),
    f"GET {PATH}/departments/{ID}/sign": department(f"{PATH}/departments/{{}}/sign"),
    f"GET {PATH}/doctors/{ID}": doctor(),
    f"POST {PATH}/doctors/{ID}": doctor(sends=True),
}
