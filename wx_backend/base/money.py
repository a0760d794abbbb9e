"""Money is whole fen (分). Yuan (元) text exists only at the edges: gateways and templates."""

import re

import msgspec

from wx_backend.base.errors import Invalid

_YUAN = re.compile(r"(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,2}))?")


def yuan(fen: int) -> str:
    """5000 -> "50.00"; always two decimals, a minus sign in front of a negative amount."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def parse_yuan(text: str, field: str = "amount") -> int:
    """ "50.00" -> 5000 fen. Raises `Invalid` naming `field` for anything that is not a plain amount
    of yuan.
    """
    match = _YUAN.fullmatch(text.strip()) if text.isascii() else None
    if match is None:
        raise Invalid("金额格式不正确", fields={field: "请输入金额，最多两位小数"})
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


class Split(msgspec.Struct, frozen=True, kw_only=True, rename={"self_": "self"}):
    """Who pays what part of an order, in fen: insurance fund, personal account, the patient,
    others, reductions.
    """

    fund: int = 0
    account: int = 0
    self_: int = 0
    other: int = 0
    reduction: int = 0

    def __post_init__(self) -> None:
        if min(self.fund, self.account, self.self_, self.other, self.reduction) < 0:
            raise ValueError("no payer pays a negative amount")

    @property
    def total(self) -> int:
        """The whole price in fen."""
        return self.fund + self.account + self.self_ + self.other + self.reduction
