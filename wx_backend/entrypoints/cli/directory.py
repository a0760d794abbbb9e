"""What a hospital's own directory file says, as the program keeps it. Pure.

``deploy/hospital.json`` is a sample. Keys are the hospital's own short names for its sites,
departments and doctors: ids follow from them, so that the file may be changed and taken over again.
"""

from typing import Annotated, TypeVar

import msgspec

from wx_backend.base import clock, ids
from wx_backend.base.errors import Invalid
from wx_backend.directory.departments.model import Department, Doctor, Ward
from wx_backend.directory.institutions.model import Campus, Institution
from wx_backend.identity.staff.model import ROLES

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Words = Annotated[str, msgspec.Meta(max_length=200)]


class _Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; what is not known is refused."""


class House(_Said):
    code: Key
    name: Name
    level: Name
    phone: Name
    hosts: tuple[str, ...]
    zone: str = clock.HOSPITAL_ZONE


class Site(_Said):
    key: Key
    name: Name
    address: Words
    phone: Words = ""
    hours: Words = ""
    way: Words = ""
    place: tuple[float, float] | None = None


class Unit(_Said):
    key: Key
    campus: Key
    name: Name
    group: Name
    hint: Words
    location: Words
    icon: str = "stethoscope"
    common: bool = False
    min_age: int = 0
    max_age: int | None = None


class Practitioner(_Said):
    key: Key
    department: Key
    name: Name
    title: Name
    specialty: Words
    years: int = 0


class Bedside(_Said):
    code: Key
    name: Name
    department: str = ""


class Person(_Said):
    number: Key
    name: Name
    roles: tuple[str, ...]
    title: Words = ""
    department: str = ""
    wecom: Words = ""


class File(_Said):
    """The whole file; ``staff`` are the first administrators, who then see to the others."""

    institution: House
    campuses: tuple[Site, ...]
    departments: tuple[Unit, ...]
    doctors: tuple[Practitioner, ...] = ()
    wards: tuple[Bedside, ...] = ()
    staff: tuple[Person, ...] = ()


class Directory(msgspec.Struct, frozen=True):
    """The same in the program's own words."""

    institution: Institution
    campuses: list[Campus]
    departments: list[Department]
    doctors: list[Doctor]
    wards: list[Ward]
    staff: list[Person]


S = TypeVar("S", bound=msgspec.Struct)


def parse(text: str | bytes) -> File:
    """Raises Invalid: it is no such file."""
    try:
        return msgspec.json.decode(text, type=File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"文件格式不正确：{error}", fields={"file": str(error)}) from None


def institution_id(code: str) -> str:
    """Of a hospital that is new."""
    return ids.derive("ins", code)


def directory(file: File, inst: str) -> Directory:
    """The file's directory under the id of its institution.

    Raises:
        Invalid: it speaks of a site, a department or a role that is not there.
    """
    sites = {one.key: _campus(inst, one) for one in file.campuses}
    units = {
        one.key: _department(inst, one, _of(sites, one.campus), rank)
        for rank, one in enumerate(file.departments)
    }
    for role in (role for person in file.staff for role in person.roles):
        _of(ROLES, role)
    return Directory(
        Institution(id=inst, **msgspec.structs.asdict(file.institution)),
        list(sites.values()),
        list(units.values()),
        [_doctor(inst, one, _of(units, one.department), n) for n, one in enumerate(file.doctors)],
        [_ward(inst, one, _unit(units, one.department), n) for n, one in enumerate(file.wards)],
        [
            msgspec.structs.replace(one, department=_unit(units, one.department))
            for one in file.staff
        ],
    )


def _of(known: dict[str, S], key: str) -> S:
    if key not in known:
        raise Invalid(f"文件中没有“{key}”", fields={"file": key})
    return known[key]


def _unit(units: dict[str, Department], key: str) -> str:
    return _of(units, key).id if key else ""


def _campus(inst: str, one: Site) -> Campus:
    said = msgspec.structs.asdict(one)
    return Campus(id=ids.derive("camp", inst, said.pop("key")), inst=inst, **said)


def _department(inst: str, one: Unit, site: Campus, rank: int) -> Department:
    said = {**msgspec.structs.asdict(one), "campus": site.name, "campus_id": site.id}
    return Department(id=ids.derive("dep", inst, said.pop("key")), inst=inst, rank=rank, **said)


def _doctor(inst: str, one: Practitioner, unit: Department, rank: int) -> Doctor:
    said = msgspec.structs.asdict(one)
    del said["department"]
    key = ids.derive("doc", inst, said.pop("key"))
    return Doctor(id=key, inst=inst, department_id=unit.id, rank=rank, **said)


def _ward(inst: str, one: Bedside, department_id: str, rank: int) -> Ward:
    key = ids.derive("ward", inst, one.code)
    return Ward(
        id=key, inst=inst, code=one.code, name=one.name, department_id=department_id, rank=rank
    )
