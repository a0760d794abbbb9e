"""Who owns a WeChat here: a few named demo persons and an endless crowd (pure, deterministic).

An openid carries its owner's key and a check, so that any openid can be judged without a list:
`o` + key padded to 21 characters + 6 characters of sha256, which differ by application.
"""

import hashlib
import re
from dataclasses import dataclass

_KEY_LENGTH = 21
_CROWD = re.compile(r"crowd-\d{1,12}")


@dataclass(frozen=True)
class Person:
    """One WeChat user. `follows`: at first start; `snapshot`: comes through a "快照页"."""

    key: str
    name: str
    about: str
    hue: str
    follows: bool = True
    snapshot: bool = False

    @property
    def openid(self) -> str:
        """What the service account calls them."""
        return _named("openid", self.key)

    @property
    def mini_openid(self) -> str:
        """What the mini-program calls them."""
        return _named("mini", self.key)

    @property
    def unionid(self) -> str:
        """What all applications of one open platform may call them."""
        return _named("union", self.key)

    @property
    def phone(self) -> str:
        """The number WeChat knows of them."""
        digest = hashlib.sha256(f"phone:{self.key}".encode()).digest()
        return f"138{int.from_bytes(digest[:8]) % 10**8:08}"


def _named(by: str, key: str) -> str:
    check = hashlib.sha256(f"{by}:{key}".encode()).hexdigest()[:6]
    return f"o{key.ljust(_KEY_LENGTH, '-')}{check}"


PEOPLE = (
    Person("wang-xiulan", "王秀兰", "67 岁，用微信大字号", "#8c5a2b"),
    Person("li-jianguo", "李建国", "42 岁，给父母挂号", "#2b6c8c"),
    Person("zhang-min", "张敏", "34 岁，孩子妈妈", "#8c2b5f"),
    Person("chen-xiaodong", "陈晓东", "28 岁，自己看病", "#2b8c57"),
    Person("zhao-lei", "赵磊", "还没有关注服务号", "#6b6b6b", follows=False),
    Person("kuaizhao", "快照访客", "从快照页打开，身份不固定", "#99703a", snapshot=True),
)
_BY_KEY = {person.key: person for person in PEOPLE}


def by_key(key: str) -> Person | None:
    """A named person, or one of the crowd (`crowd-17`) for load runs; None for anything else."""
    if _CROWD.fullmatch(key):
        return Person(key, f"用户{key.removeprefix('crowd-')}", "压测用户", "#5b6b7b")
    return _BY_KEY.get(key)


def by_openid(openid: str) -> Person | None:
    """The owner of an openid of this service account; None when it is not one of ours."""
    person = _owner(openid)
    return person if person and person.openid == openid else None


def by_mini_openid(openid: str) -> Person | None:
    """As `by_openid`, of the mini-program."""
    person = _owner(openid)
    return person if person and person.mini_openid == openid else None


def _owner(openid: str) -> Person | None:
    return by_key(openid[1 : 1 + _KEY_LENGTH].rstrip("-"))
