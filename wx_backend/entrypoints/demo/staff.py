"""The demo's staff: the world's doctors, nurses and offices, one of each role, and their duties.

``python -m wx_backend.entrypoints.demo.staff`` prints who may sign in and the present code.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from wx_backend.base import ids
from wx_backend.base.clock import HOSPITAL_ZONE, WireClock
from wx_backend.base.context import Ctx
from wx_backend.entrypoints.demo import world
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import HOSPITAL, Duty, department_place, ward_place
from wx_backend.identity.signin import service as signin
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import ROLES, Member

PASSWORD = "Yunjiang-2026"  # noqa: S105 - of invented people, printed by the demo
APP = "YUNJIANGDEMOYUNJIANGDEMO23456777"
"""Secret of everybody's authenticator app."""

DAYS = 14
DAY, NIGHT = time(8), time(17, 30)


class Person(msgspec.Struct, frozen=True):
    """``key`` is the WeCom userid where the demo's corp has one."""

    key: str
    number: str
    name: str
    title: str
    roles: tuple[str, ...]
    department: str = ""
    wecom: bool = True

    @property
    def id(self) -> str:
        return ids.derive("stf", "demo", self.key)

    def member(self, now: datetime) -> Member:
        unit = world.DEPARTMENTS.get(self.department)
        return Member(
            id=self.id,
            inst=world.HOSPITAL.id,
            number=self.number,
            name=self.name,
            title=self.title,
            department_id=unit.id if unit else "",
            roles=self.roles,
            wecom=self.key if self.wecom else "",
            created_at=now,
        )


def _doctors() -> tuple[Person, ...]:
    directors = {"zhou-qiming", "tang-wenbo", "gu-ruolan", "qin-haifeng"}
    return tuple(
        Person(
            one.key,
            f"D10{n:02}",
            one.name,
            one.title,
            ("doctor", "department_director") if one.key in directors else ("doctor",),
            one.department,
        )
        for n, one in enumerate(world.PRACTICES, 1)
    )


OFFICES = (
    Person("zhao-ting", "N2001", "赵婷", "护士", ("nurse", "duty_nurse"), "cardiology"),
    Person("sun-yun", "N2002", "孙芸", "护士长", ("nurse", "head_nurse"), "cardiology"),
    Person("ma-guohua", "M3001", "马国华", "总值班", ("medical_affairs",)),
    Person("liang-jing", "Q4001", "梁静", "质控专员", ("quality_office",), wecom=False),
    Person("lu-min", "J4501", "陆敏", "检验技师", ("laboratory",), wecom=False),
    Person("tao-hui", "O5001", "陶慧", "门办主任", ("outpatient_office",), wecom=False),
    Person("shi-lei", "T5501", "石磊", "转诊专员", ("referral_office",), wecom=False),
    Person("han-li", "L6001", "韩立", "副院长", ("director",), wecom=False),
    Person("pan-yue", "F7001", "潘悦", "会计", ("finance",), wecom=False),
    Person("yu-xin", "K8001", "余欣", "客服组长", ("customer_service",), wecom=False),
    Person("wei-dong", "R9001", "魏东", "卫健委联络员", ("regulator",), wecom=False),
    Person("cheng-hao", "A0001", "程浩", "信息科工程师", ("system_admin",), wecom=False),
    Person("deng-fei", "A0002", "邓飞", "安全管理员", ("security_admin",), wecom=False),
    Person("xia-lan", "A0003", "夏岚", "审计管理员", ("audit_admin",), wecom=False),
)
PEOPLE = (*_doctors(), *OFFICES)
BY_KEY = {one.key: one for one in PEOPLE}


async def load(ctx: Ctx) -> None:
    """Members, their way in, and two weeks of duties; repeating it adds the days that are new."""
    await members.register(ctx, [one.member(ctx.now()) for one in PEOPLE])
    await signin.set_up(ctx, [one.id for one in PEOPLE], PASSWORD, APP)
    first = ctx.today() - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    await rosters.register(ctx, [duty for n, on in enumerate(days) for duty in duties(on, n)])


def duties(on: date, n: int) -> list[Duty]:
    """Who answers for what from the morning of a date until the next; ``n`` turns the rota."""
    found = []
    for ward in world.WARDS:
        doctors = [one for one in _doctors() if _unit(one) == ward.department_id]
        by_day, by_night = doctors[n % len(doctors)], doctors[(n + 1) % len(doctors)]
        place = ward_place(ward.code)
        found += [_duty(place, "duty_doctor", by_day, on, DAY, NIGHT)]
        found += [_duty(place, "duty_doctor", by_night, on, NIGHT, DAY)]
        found += [_duty(department_place(ward.department_id), "director", doctors[0], on)]
    found += [_duty(ward_place("W03"), "duty_nurse", BY_KEY["zhao-ting"], on)]
    found += [_duty(ward_place("W03"), "head_nurse", BY_KEY["sun-yun"], on)]
    found += [_duty(HOSPITAL, "medical_affairs", BY_KEY["ma-guohua"], on)]
    return [*found, _duty(HOSPITAL, "quality_office", BY_KEY["liang-jing"], on)]


def _unit(one: Person) -> str:
    return world.DEPARTMENTS[one.department].id


def _duty(
    place: str, duty: str, who: Person, on: date, begins: time = DAY, ends: time = DAY
) -> Duty:
    until = on if ends > begins else on + timedelta(days=1)
    starts, stops = _moment(on, begins), _moment(until, ends)
    return Duty(
        id=ids.derive("duty", "demo", place, duty, who.id, starts.isoformat()),
        inst=world.HOSPITAL.id,
        place=place,
        duty=duty,
        member=who.id,
        starts_at=starts,
        ends_at=stops,
    )


def _moment(on: date, at: time) -> datetime:
    return datetime.combine(on, at, ZoneInfo(HOSPITAL_ZONE)).astimezone(UTC)


def logins() -> str:
    """One login for each role, with the password and the app's secret."""
    first = {role: one for one in reversed(PEOPLE) for role in one.roles}
    lines = [f"    {first[role].number:6} {first[role].name}  {ROLES[role].name}" for role in ROLES]
    return "\n".join([*lines, f"    密码 password {PASSWORD}   验证器密钥 app secret {APP}"])


def main() -> None:
    now = WireClock().now()
    print(logins())
    print(f"    动态码 code now {signin.app_code(APP, now)}")


if __name__ == "__main__":
    main()
