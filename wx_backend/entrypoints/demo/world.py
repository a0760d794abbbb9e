"""The demo world: one hospital on two campuses, one community centre. All of it is invented.

Deterministic: ids are derived from the keys used here, so that loading it again changes nothing.
"""

import msgspec

from booking.timetables.model import Template, template_id
from wx_backend.base import ids
from wx_backend.directory.departments.model import Department, Doctor, Ward
from wx_backend.directory.institutions.model import Campus, Institution, Relation
from wx_backend.entrypoints.demo import introductions

HOSPITAL = Institution(
    id=ids.derive("ins", "demo", "hospital"),
    code="YJ-001",
    name="云江市第一人民医院",
    level="三级甲等",
    phone="0990-6120000",
    hosts=("127.0.0.1", "localhost", "hospital.localhost"),
)
CENTRE = Institution(
    id=ids.derive("ins", "demo", "centre"),
    code="YJ-101",
    name="云江市望江社区卫生服务中心",
    level="社区卫生服务中心",
    phone="0990-6121010",
    hosts=("centre.localhost",),
)


def _campus(inst: str, key: str, name: str, address: str, **more: object) -> Campus:
    key = ids.derive("camp", "demo", key)
    return Campus(id=key, inst=inst, name=name, address=address, **more)


HOURS = "门诊 08:00–17:30，急诊 24 小时"
RIVERSIDE = _campus(
    HOSPITAL.id, "riverside", "滨江院区", "云江市滨江路 1 号", phone="0990-6120001", hours=HOURS,
    way="地铁 2 号线滨江站 B 口；公交 6 路、19 路市一医院站", place=(105.112300, 30.204500),
)  # fmt: skip
EAST_LAKE = _campus(
    HOSPITAL.id, "east-lake", "东湖院区", "云江市东湖大道 88 号", phone="0990-6120002", hours=HOURS,
    way="公交 21 路、33 路东湖医院站；停车场入口在东湖大道辅路", place=(105.187600, 30.223100),
)  # fmt: skip
RIVER_VIEW = _campus(
    CENTRE.id, "river-view", "望江中心", "云江市望江街 16 号", phone="0990-6121011",
    hours="周一至周日 08:00–20:00", place=(105.098700, 30.195200),
)  # fmt: skip


def _relation(inst: str, other: str, direction: str) -> Relation:
    key = ids.derive("rel", inst, other)
    return Relation(id=key, inst=inst, other=other, direction=direction)


LABORATORY = "LIS|JQ"
"""The hospital's LIS as its messages name it: MSH-3 and MSH-4."""
LABORATORY_PHONE = "0990-6120088"

HIS_OWNED = "dental"
"""The department whose numbers belong to the HIS."""

RELATIONS = (
    _relation(CENTRE.id, HOSPITAL.id, "UP"),
    _relation(HOSPITAL.id, CENTRE.id, "DOWN"),
)


def _departments() -> dict[str, Department]:
    rows = (
        ("cardiology", RIVERSIDE, "心血管内科", "内科", "高血压、胸闷、心悸", "heartbeat",
         "门诊楼 3 层 A 区"),
        ("respiratory", RIVERSIDE, "呼吸内科", "内科", "咳嗽、气喘、肺结节", "lungs",
         "门诊楼 3 层 B 区"),
        ("neurology", RIVERSIDE, "神经内科", "内科", "头晕、头痛、手麻", "brain",
         "门诊楼 4 层 A 区"),
        ("orthopaedics", EAST_LAKE, "骨科", "外科", "颈肩腰腿痛、骨折", "bone",
         "1 号楼 2 层"),
        ("eye", EAST_LAKE, "眼科", "五官口腔", "视力下降、眼干、白内障", "eye",
         "1 号楼 3 层"),
        ("dental", EAST_LAKE, "口腔科", "五官口腔", "牙痛、拔牙、补牙", "dental",
         "1 号楼 4 层"),
        ("paediatrics", RIVERSIDE, "儿科", "妇儿", "发热、咳嗽、腹泻", "baby-carriage",
         "儿科楼 1 层"),
        ("ent", RIVERSIDE, "耳鼻喉科", "五官口腔", "鼻塞、耳鸣、咽痛", "ear",
         "门诊楼 5 层 B 区"),
    )  # fmt: skip
    return {
        key: Department(
            id=ids.derive("dep", "demo", key),
            inst=HOSPITAL.id,
            campus_id=campus.id,
            campus=campus.name,
            name=name,
            group=group,
            hint=hint,
            icon=icon,
            location=location,
            common=True,
            rank=rank,
            max_age=14 if key == "paediatrics" else None,
            introduction=introductions.DEPARTMENTS[key],
        )
        for rank, (key, campus, name, group, hint, icon, location) in enumerate(rows)
    }


DEPARTMENTS = _departments()

WARDS = tuple(
    Ward(
        id=ids.derive("ward", "demo", code),
        inst=HOSPITAL.id,
        code=code,
        name=name,
        department_id=DEPARTMENTS[department].id,
        rank=rank,
    )
    for rank, (code, name, department) in enumerate(
        (
            ("W03", "心内一病区", "cardiology"),
            ("W05", "呼吸病区", "respiratory"),
            ("W07", "神经内科病区", "neurology"),
            ("W11", "骨科病区", "orthopaedics"),
        )
    )
)

CHIEF, ASSOCIATE, ATTENDING = "主任医师", "副主任医师", "主治医师"
CAPACITIES = {CHIEF: 4, ASSOCIATE: 5, ATTENDING: 8}
"""Places in one slot."""

SESSIONS = {"AM": ("08:00", "11:30"), "PM": ("14:00", "17:00"), "NIGHT": ("18:00", "20:00")}
WEEKDAYS = range(5)


class Practice(msgspec.Struct, frozen=True):
    """A doctor and the weekly plan: session by weekday (Monday is 0), and the room."""

    key: str
    department: str
    name: str
    title: str
    years: int
    specialty: str
    room: str
    week: dict[str, tuple[int, ...]]

    def doctor(self, rank: int = 0) -> Doctor:
        return Doctor(
            id=ids.derive("doc", "demo", self.key),
            inst=HOSPITAL.id,
            department_id=DEPARTMENTS[self.department].id,
            name=self.name,
            title=self.title,
            specialty=self.specialty,
            years=self.years,
            introduction=introductions.DOCTORS[self.key],
            rank=rank,
        )

    def templates(self) -> list[Template]:
        """The weekly plan: one template for each weekday and session; holidays change nothing."""
        unit = DEPARTMENTS[self.department]
        return [self._template(unit, day, at) for at, days in self.week.items() for day in days]

    def _template(self, unit: Department, weekday: int, session: str) -> Template:
        line = ids.derive("tln", "demo", self.key, session, weekday)
        begins, ends = SESSIONS[session]
        return Template(
            id=template_id(HOSPITAL.id, line, 1),
            inst=HOSPITAL.id,
            line=line,
            version=1,
            doctor_id=ids.derive("doc", "demo", self.key),
            department_id=unit.id,
            campus_id=unit.campus_id,
            weekday=weekday,
            session=session,
            begins=begins,
            ends=ends,
            room=f"{self.room} 诊室",
            clinic_type="expert" if self.title == CHIEF else "ordinary",
            slot_minutes=30,
            capacity=CAPACITIES[self.title],
            effective_from="2026-01-01",
            holidays=True,
        )


EVERY_DAY = tuple(range(7))
PRACTICES = (
    Practice("zhou-qiming", "cardiology", "周启明", CHIEF, 28,
             "高血压、冠心病、心律失常的诊治，擅长冠脉介入与术后管理", "305",
             {"AM": (0, 1, 3), "PM": (1,)}),
    Practice("lin-xueqin", "cardiology", "林雪琴", ASSOCIATE, 17,
             "心力衰竭、心肌病、老年人高血压的长期用药调整", "306",
             {"AM": (1, 2, 4), "PM": (0, 3)}),
    Practice("he-zhiyuan", "cardiology", "何志远", ATTENDING, 9,
             "胸闷心悸的初步评估，体检发现的血脂、血压异常", "307",
             {"AM": EVERY_DAY, "PM": EVERY_DAY, "NIGHT": (2, 4)}),
    Practice("shen-guodong", "cardiology", "沈国栋", CHIEF, 31,
             "复杂心律失常、射频消融、起搏器随访", "308", {"AM": (2,), "PM": (4,)}),
    Practice("tang-wenbo", "respiratory", "唐文博", ASSOCIATE, 15,
             "慢性咳嗽、哮喘、慢阻肺，肺结节的随访与判断", "321",
             {"AM": (0, 2, 3, 5), "PM": (1, 4)}),
    Practice("gu-ruolan", "neurology", "顾若兰", CHIEF, 24,
             "头痛头晕、脑血管病、帕金森病与失眠", "402", {"AM": (1, 3), "PM": (0, 2)}),
    Practice("qin-haifeng", "orthopaedics", "秦海峰", ASSOCIATE, 19,
             "颈椎腰椎病、关节置换与运动损伤", "205", {"AM": (0, 1, 2, 3, 4), "PM": (2,)}),
    Practice("mu-qingyi", "eye", "穆清漪", ASSOCIATE, 14,
             "白内障、青光眼、青少年近视防控", "303", {"AM": (0, 2, 4, 6), "PM": (1, 3)}),
    Practice("fang-ziheng", "dental", "方子衡", ATTENDING, 8,
             "补牙、根管治疗、智齿拔除", "406", {"AM": EVERY_DAY, "PM": tuple(WEEKDAYS)}),
    Practice("su-wanqing", "paediatrics", "苏婉清", CHIEF, 26,
             "儿童呼吸道感染、哮喘与过敏", "108", {"AM": (0, 2, 4), "PM": (1,)}),
    Practice("luo-jiayi", "paediatrics", "罗嘉仪", ATTENDING, 7,
             "发热、腹泻等常见病，生长发育评估", "109",
             {"AM": EVERY_DAY, "PM": EVERY_DAY, "NIGHT": EVERY_DAY}),
    Practice("bai-jingchuan", "ent", "柏景川", ASSOCIATE, 16,
             "鼻炎鼻窦炎、突发性耳聋、嗓音疾病", "512", {"AM": (1, 3, 5), "PM": (0, 2, 4)}),
)  # fmt: skip


def doctors() -> list[Doctor]:
    return [practice.doctor(rank) for rank, practice in enumerate(PRACTICES)]


def templates() -> list[Template]:
    """Everybody's weekly plan."""
    return [template for one in PRACTICES for template in one.templates()]
