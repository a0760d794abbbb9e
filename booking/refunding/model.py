"""What the finance office looks for, and refunds that staff decide on: asked for by one, above an
amount agreed to by another. Pure.
"""

from datetime import date, datetime

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.machine import Machine
from wx_backend.base.money import yuan

REQUEST = Machine(
    name="refund request",
    states=frozenset({"WAITING", "APPROVED", "DONE", "DECLINED", "FAILED"}),
    initial="WAITING",
    transitions={
        ("WAITING", "approve"): "APPROVED",
        ("WAITING", "decline"): "DECLINED",
        ("APPROVED", "carry_out"): "DONE",
        ("APPROVED", "fail"): "FAILED",  # so much is not kept any more
    },
    terminal=frozenset({"DONE", "DECLINED", "FAILED"}),
)
PENDING = frozenset({"WAITING", "APPROVED"})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Orders as the finance office looks for them.

    Args:
        number: of the order, an attempt, a refund, the platform's payment or the HIS's bill.
        day: a local date on which it was made, or money of it came or went.
        who: a patient's identity, phone or record number.
        unposted: only those of which the HIS's books lack something.
    """

    number: str = ""
    day: date | None = None
    state: str = ""
    who: str = ""
    unposted: bool = False


class OwnRefund(AppError):
    """Whoever asks for a refund does not agree to it."""

    code, status, message = "own_refund", 403, "须由另一位工作人员复核，申请人不能复核自己的退款"


class Request(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One refund as a person wants it. ``words``: why it was declined, or has failed."""

    id: str
    inst: str
    order: str
    fen: int
    why: str
    asked_by: str
    asked_at: datetime
    state: str = REQUEST.initial
    decided_by: str = ""
    decided_at: datetime | None = None
    words: str = ""
    version: int = 1


def request_id(order: str, key: str) -> str:
    """The same press is the same request."""
    return ids.derive("rfr", order, key)


def unseen(requests: list[Request]) -> int:
    """Fen of an order that one person alone gave back: parts do not pass by the second one."""
    gone = (one for one in requests if one.state in ("APPROVED", "DONE") and not one.decided_by)
    return sum(one.fen for one in gone)


def checked(fen: int, kept_fen: int, pending: list[Request], why: str) -> str:
    """The reason as it is kept. Raises Invalid: of which field, and why."""
    left = kept_fen - sum(one.fen for one in pending)
    words, wrong = why.strip(), {}
    if not 1 <= fen <= left:
        wrong["amount"] = f"退款金额须大于 0，最多可退 {yuan(left)} 元"
    if not 2 <= len(words) <= 80:
        wrong["why"] = "请写明退款原因（2 至 80 字）"
    if wrong:
        raise Invalid(fields=wrong)
    return words
