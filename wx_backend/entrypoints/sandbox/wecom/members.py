"""Who works at the demo hospital and has WeCom: named doctors and nurses, and an endless crowd
(pure, deterministic). A userid is the person's key.
"""

import re
from dataclasses import dataclass

_CROWD = re.compile(r"staff-\d{1,12}")
DEPARTMENTS = (
    (1, "云江市第一人民医院", 0), (2, "心血管内科", 1), (3, "心内一病区", 2), (4, "呼吸内科", 1),
    (5, "神经内科", 1), (6, "骨科", 1), (7, "眼科", 1), (8, "口腔科", 1), (9, "儿科", 1),
    (10, "耳鼻喉科", 1), (11, "检验科", 1), (12, "医务部", 1), (13, "护理部", 1),
)  # fmt: skip
"""(id, name, id of the parent)."""
_NAMES = {number: name for number, name, _ in DEPARTMENTS}


@dataclass(frozen=True)
class Member:
    """One member. `visible`: may use the application; `outsider`: a contact, not of the corp."""

    userid: str
    name: str
    title: str
    hue: str
    department: int = 1
    visible: bool = True
    outsider: bool = False

    @property
    def key(self) -> str:
        return self.userid

    @property
    def about(self) -> str:
        """Department and title, as the person list says it."""
        return f"{_NAMES[self.department]} · {self.title}"


MEMBERS = (
    Member("zhou-qiming", "周启明", "主任医师", "#1765bd", 2),
    Member("lin-xueqin", "林雪琴", "副主任医师", "#8c2b5f", 2),
    Member("he-zhiyuan", "何志远", "主治医师", "#2b6c8c", 2),
    Member("shen-guodong", "沈国栋", "主任医师", "#5b4a8c", 2),
    Member("zhao-ting", "赵婷", "护士", "#0a7a66", 3),
    Member("sun-yun", "孙芸", "护士长", "#2b8c57", 3),
    Member("tang-wenbo", "唐文博", "副主任医师", "#8c5a2b", 4),
    Member("gu-ruolan", "顾若兰", "主任医师", "#7a4a2b", 5),
    Member("qin-haifeng", "秦海峰", "副主任医师", "#4a6b2b", 6),
    Member("mu-qingyi", "穆清漪", "副主任医师", "#2b7a8c", 7),
    Member("fang-ziheng", "方子衡", "主治医师", "#6b5b2b", 8),
    Member("su-wanqing", "苏婉清", "主任医师", "#99508c", 9),
    Member("luo-jiayi", "罗嘉仪", "主治医师", "#b0503c", 9),
    Member("bai-jingchuan", "柏景川", "副主任医师", "#3c5bb0", 10),
    Member("li-min", "李敏", "检验技师", "#0a7a45", 11),
    Member("ma-guohua", "马国华", "总值班", "#99703a", 12),
    Member("wu-gang", "吴刚", "已离职，不在应用可见范围", "#6b6b6b", 13, visible=False),
    Member("chen-visitor", "陈女士", "外部联系人，不是本院职工", "#6b6b6b", outsider=True),
)
_BY_ID = {member.userid: member for member in MEMBERS}


def by_userid(userid: str) -> Member | None:
    """A named member, or one of the crowd (`staff-17`); upper and lower case are the same."""
    userid = userid.lower()
    if _CROWD.fullmatch(userid):
        return Member(userid, f"职工{userid.removeprefix('staff-')}", "压测用户", "#5b6b7b")
    return _BY_ID.get(userid)


def reachable(userid: str) -> Member | None:
    """The member, when the application may write to them."""
    member = by_userid(userid)
    return member if member and member.visible and not member.outsider else None


def of_department(number: int) -> list[Member]:
    """Named members of a department and of those below it."""
    below = {number} | {one for one, _, parent in DEPARTMENTS if parent == number}
    return [one for one in MEMBERS if (number == 1 or one.department in below) and not one.outsider]
