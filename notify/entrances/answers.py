"""The words of the account's own answers (pure)."""

from collections.abc import Iterable
from html import escape

from notify.entrances.model import DEPARTMENTS
from notify.entrances.scenes import WAYS
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.directory.institutions.model import Institution
from wx_backend.gateways.wechat.port import Reply

SHOWN = 5
"""Departments and doctors that one answer names."""

NOTE = "本消息为自动回复，不提供诊疗咨询。如有急症，请立即拨打 120 或前往急诊科。"
CALL = "如果情况紧急，请立即拨打 120，或直接前往就近医院的急诊科。"
URGENT = Reply(text=f"{CALL}\n\n本消息为自动回复，不提供诊疗咨询。")


def doctor_path(doctor: Doctor) -> str:
    return f"/h5/doctors/{doctor.id}"


def department_path(unit: Department) -> str:
    return f"{DEPARTMENTS}/{unit.id}"


def doctor(one: Doctor, unit: Department, home: str) -> Reply:
    """A card that opens the doctor's page."""
    text = f"{unit.name} · {unit.campus}\n{one.specialty}\n点击查看可约时段"
    return Reply(title=f"{one.name} {one.title}", text=text, url=home + doctor_path(one))


def department(unit: Department, home: str) -> Reply:
    """A card that opens the department's page."""
    text = f"{unit.hint}\n{unit.location}\n点击查看医生和可约时段"
    return Reply(title=f"{unit.name} · {unit.campus}", text=text, url=home + department_path(unit))


def page(name: str, path: str, home: str) -> Reply:
    """One link, and the note."""
    return Reply(text=f"点击进入：{_link(name, path, home)}\n\n{NOTE}")


def several(units: Iterable[Department], doctors: Iterable[Doctor], home: str) -> Reply:
    """Links to those that somebody may mean."""
    found = [_link(one.name, department_path(one), home) for one in units]
    found += [_link(f"{one.name} {one.title}", doctor_path(one), home) for one in doctors]
    return Reply(text="您要找的可能是：\n" + "\n".join(found[:SHOWN]) + f"\n\n{NOTE}")


def everything(here: Institution, home: str, welcome: bool = False) -> Reply:
    """Links to all there is."""
    greeting = f"欢迎关注{here.name}。" if welcome else "您可以："
    ways = "\n".join(_link(one.name, one.path, home) for one in WAYS)
    call = f"咨询电话：{here.phone}" if here.phone else ""
    ask = "也可以直接回复科室或医生的名字。"
    return Reply(text="\n".join(filter(None, (greeting, ways, ask, call))) + f"\n\n{NOTE}")


def _link(name: str, path: str, home: str) -> str:
    return f'<a href="{escape(home + path)}">{escape(name)}</a>'
