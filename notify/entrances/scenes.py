"""What a code stands for, and which page is meant by what somebody writes (pure)."""

import re

import msgspec

from notify.entrances.model import APPOINTMENTS, DEPARTMENTS, HELP, MESSAGES, PEOPLE

DOCTOR, DEPARTMENT = "d", "u"
SCENE = re.compile(rf"([{DOCTOR}{DEPARTMENT}])_([a-z0-9]{{5,40}})")

LONGEST = 20
"""Characters of a text that may be the name of a department or doctor."""

URGENT = ("120", "急救", "胸痛", "昏迷", "大出血", "中毒", "呼吸困难", "抽搐")
"""Words of somebody who must not wait for an answer."""


class Way(msgspec.Struct, frozen=True):
    """A page, as the account's answers name it."""

    name: str
    path: str


WAYS = (
    Way("预约挂号", DEPARTMENTS),
    Way("我的预约", APPOINTMENTS),
    Way("就诊人", PEOPLE),
    Way("消息", MESSAGES),
)

MEANT: tuple[tuple[tuple[str, ...], Way], ...] = (
    (("我的预约", "取消", "退号", "退费", "退款", "改约", "候补"), WAYS[1]),
    (("就诊人", "绑定", "家人"), WAYS[2]),
    (("消息", "通知", "提醒"), WAYS[3]),
    (("预约", "挂号", "号源", "门诊"), WAYS[0]),
)
"""Words in a text and the page they mean; the first row that has one is taken."""


def scene_of(kind: str, key: str) -> str:
    """Of a code for a doctor or a department."""
    return f"{kind}_{key}"


def meant_by_scene(scene: str) -> tuple[str, str] | None:
    """(kind, id) of a code's scene; None when it is none of ours."""
    found = SCENE.fullmatch(scene)
    return (found[1], found[2]) if found else None


def meant_by(text: str) -> Way | None:
    """The page that a text asks for; None when it names none (also the help button)."""
    if text == HELP:
        return None
    return next((way for words, way in MEANT if any(word in text for word in words)), None)


def urgent(text: str) -> bool:
    return any(word in text for word in URGENT)
