"""What stands in the way of closing an account, and what asking for it needs. Pure."""

from datetime import datetime
from typing import Annotated

import msgspec

from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form

WORDS = {
    "appointments": "有 %(n)s 个未就诊的预约，请先取消，或等就诊结束",
    "waiting": "有 %(n)s 个候补登记，请先退出候补",
    "orders": "有 %(n)s 笔支付或退款正在处理，请等款项到账",
    "bills": "有 %(n)s 笔门诊缴费或预交金正在处理，请等处理完成",
}
"""By kind, in the order in which they are said."""


class Obstacle(msgspec.Struct, frozen=True):
    """``count`` things of a kind (``WORDS``) that have to come to their end first."""

    kind: str
    count: int
    words: str


class Closing(msgspec.Struct, frozen=True):
    """Where an account stands: ``until`` when it is to be closed (None: nobody has asked for it),
    what stands in the way, and the ``days`` to think that asking now would give.
    """

    until: datetime | None
    obstacles: list[Obstacle]
    days: int


class StandsInTheWay(AppError):
    """``obstacles``: of what kind, how many."""

    code, status, message = "stands_in_the_way", 409, "还有未办完的事，暂不能注销账号"


class AskToClose(Form):
    """``agreed``: the person has read what is erased and what is kept."""

    agreed: Annotated[bool, msgspec.Meta(description="已阅读并同意")] = False

    def check(self) -> None:
        """Raises Invalid."""
        if not self.agreed:
            raise Invalid(fields={"agreed": "请阅读后勾选同意"})


def obstacles(counts: dict[str, int]) -> list[Obstacle]:
    """Those that there are, in the order of ``WORDS``."""
    return [
        Obstacle(kind, counts[kind], words % {"n": counts[kind]})
        for kind, words in WORDS.items()
        if counts.get(kind)
    ]
