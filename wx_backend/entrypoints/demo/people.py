"""The demo's families: 30 invented people around the accounts that the sandbox's phone offers.

Identity numbers begin with region 990101: no province has the code 99 (GB/T 2260), nor 90 after the
9 of a foreigner's permanent residence card, so none of them can be a real person's. The check
characters are right. Telephone numbers begin with 154, which no operator was given.
"""

import msgspec

from wx_backend.entrypoints.sandbox import people as wechat_users
from wx_backend.identity.patients.model import AddPerson

REGION = "990101"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Of the 17 digits (GB 11643-1999), written out: the product reckons them by itself."""
FEMALE, MALE = 0, 1
SURNAMES = "吴郑冯褚卫蒋韩杨朱何"
GIVEN = ("文静", "志强", "雅芳", "建华", "晓燕", "国平", "丽娟", "海涛", "春梅", "立新")
PARENTS = ("桂英", "德明", "玉珍", "福生", "秀珍", "长林", "素芬", "永年", "凤兰", "守义")


class Member(msgspec.Struct, frozen=True):
    """One person of a family; ``verified``: has shown an identity card at the desk."""

    name: str
    born: str
    sex: int
    relation: str
    verified: bool = False

    def form(self, order: int, phone: str, guardian: str) -> AddPerson:
        """What the account holder would type; minors and adults alike."""
        return AddPerson(
            name=self.name,
            id_no=id_no(self.born, 2 * order + self.sex),
            phone=phone,
            relation=self.relation,
            guardian=guardian,
            agreed=True,
            guardian_agreed=True,
        )


class Family(msgspec.Struct, frozen=True):
    """The people of one account, known to WeChat by ``openid``; the first is its holder."""

    openid: str
    phone: str
    members: tuple[Member, ...]


def id_no(born: str, order: int) -> str:
    """A well-formed number of nobody: ``born`` as YYYYMMDD; even ``order`` are women."""
    digits = f"{REGION}{born}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


_NAMED = {
    "wang-xiulan": (
        Member("王秀兰", "19590312", FEMALE, "SELF", verified=True),
        Member("刘国安", "19561120", MALE, "SPOUSE"),
    ),
    "li-jianguo": (
        Member("李建国", "19840506", MALE, "SELF", verified=True),
        Member("李德福", "19550218", MALE, "PARENT", verified=True),
        Member("孙玉兰", "19571003", FEMALE, "PARENT"),
    ),
    "zhang-min": (
        Member("张敏", "19920721", FEMALE, "SELF", verified=True),
        Member("林小满", "20200520", FEMALE, "CHILD"),
        Member("林志文", "19900914", MALE, "SPOUSE"),
    ),
    "chen-xiaodong": (Member("陈晓东", "19980130", MALE, "SELF"),),
    "zhao-lei": (
        Member("赵磊", "19810825", MALE, "SELF"),
        Member("赵子涵", "20110408", MALE, "CHILD"),
    ),
}


def families() -> list[Family]:
    """11 people around the named accounts, and 19 around ten of the crowd."""
    named = [_family(key, n, members) for n, (key, members) in enumerate(_NAMED.items())]
    crowd = [_family(f"crowd-{n + 1}", 5 + n, _crowd_members(n)) for n in range(10)]
    return named + crowd


def _family(key: str, number: int, members: tuple[Member, ...]) -> Family:
    user = wechat_users.by_key(key)
    if user is None:
        raise ValueError(f"the sandbox knows nobody called {key!r}")
    return Family(user.openid, f"1540000{number:04d}", members)


def _crowd_members(n: int) -> tuple[Member, ...]:
    sex = n % 2
    holder = Member(SURNAMES[n] + GIVEN[n], f"{1978 + n}0{1 + n % 9}15", sex, "SELF")
    parent = Member(SURNAMES[n] + PARENTS[n], f"{1950 + n}0{1 + n % 9}06", sex, "PARENT")
    return (holder, parent) if n else (holder,)
