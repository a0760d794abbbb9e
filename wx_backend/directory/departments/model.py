"""Departments and doctors as patients see them, and wards. Pure."""

from typing import Annotated

import msgspec

from wx_backend.base.forms import Form, Text


class Department(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A bookable unit of a campus.

    Args:
        group: the heading it is found under (内科, 外科 …).
        hint: what it treats, in patients' words.
        icon: a name of the icon sprite.
        location: building, floor and area, as said to a patient.
        common: among the often visited ones on the first page.
        introduction: in plain text, lines as written; ``phone`` of its own desk.
        version: raised whenever staff have changed what describes it.
        rank: order in lists, small first.
        min_age: youngest patient it takes, in years (clinical table 3.2).
        max_age: oldest patient it takes, in years; None without limit.
    """

    id: str
    inst: str
    campus_id: str
    campus: str
    name: str
    group: str
    hint: str
    icon: str
    location: str
    common: bool = False
    rank: int = 0
    min_age: int = 0
    max_age: int | None = None
    introduction: str = ""
    phone: str = ""
    version: int = 1


class Doctor(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A doctor of a department; ``years`` in practice, 0 when unknown. ``introduction`` and
    ``version`` as a department's.
    """

    id: str
    inst: str
    department_id: str
    name: str
    title: str
    specialty: str
    years: int = 0
    rank: int = 0
    introduction: str = ""
    version: int = 1


class DescribeDepartment(Form):
    """What staff may say of a department; where it is and who works there come from elsewhere."""

    hint: Annotated[str, Text(min_length=2, max_length=40)]
    introduction: Annotated[str, Text(max_length=1000)] = ""
    phone: Annotated[str, Text(max_length=20)] = ""
    common: bool = False


class DescribeDoctor(Form):
    """What staff may say of a doctor."""

    specialty: Annotated[str, Text(min_length=2, max_length=200)]
    introduction: Annotated[str, Text(max_length=1000)] = ""


class Found(msgspec.Struct, frozen=True):
    """What a search has found, in the order of lists."""

    departments: tuple[Department, ...]
    doctors: tuple[Doctor, ...]


class Ward(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """An inpatient ward; ``code`` as the HIS names it (PV1-3.1)."""

    id: str
    inst: str
    code: str
    name: str
    department_id: str = ""
    rank: int = 0
