"""Trouble on demand: which call of which endpoint goes wrong next, and how (pure)."""

import random
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

TRANSPORT = frozenset({"slow", "hang", "reset", "html"})
REPLY = frozenset({"truncate", "lost_reply"})
SILENT = frozenset({"slow", "hang", "reset"})
LOST = frozenset({"lost_reply"})
LIS = frozenset({"lis_refuse", "lis_twice", "lis_other"})
HIS = frozenset({"his_error", "his_refuse", "his_counter_first", "his_twice", "his_forget"})
WECHAT = frozenset(
    {"token_expired", "token_rotated", "rate_limit", "busy", "refused", "bad_template", "ip_denied"}
)
INVALIDUSER = frozenset({"invaliduser"})
WECOM_DROP = frozenset({"wecom_drop"})
PAY = frozenset({"rate_limit", "busy", "refused", "clock_skew", "bad_sign"})
REFUND = frozenset({"refund_processing", "refund_abnormal", "refund_closed", "refund_not_enough"})
SMS_CODE = frozenset({"sms_code"})
SMS_FATE = frozenset({"sms_undelivered", "sms_unreported"})
BILL = frozenset(
    {
        "bill_missing", "bill_not_ready", "bill_diff", "bill_half", "bill_checksum",
        "bill_charset", "bill_host",
    }
)  # fmt: skip
PAY_DURING_CLOSE = frozenset({"pay_during_close"})
LATE_SUCCESS = frozenset({"late_success"})
NOTIFY = frozenset(
    {
        "notify_dup", "notify_reorder", "notify_delay", "notify_never", "notify_replay",
        "notify_amount", "notify_other_mch", "signtest", "bad_sign",
    }
)  # fmt: skip
KINDS = (
    TRANSPORT | REPLY | WECHAT | INVALIDUSER | WECOM_DROP | PAY | REFUND | PAY_DURING_CLOSE
    | LATE_SUCCESS | NOTIFY | LIS | HIS | BILL | SMS_CODE | SMS_FATE
)  # fmt: skip


@dataclass
class Fault:
    """One planned fault.

    endpoint: glob over the request path (`/wx/cgi-bin/*`, `/v3/pay/transactions/*`) or, for
    callbacks, over `notify/TRANSACTION.SUCCESS`, `notify/REFUND.*`, `event/*`; for the LIS,
    `lis/ORA^R41`.
    times: how often it strikes (None: always); probability: of each strike; after: matching
    calls let through first; value: what the kind needs (code, seconds, count, fen).
    """

    endpoint: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
    after: int = 0
    value: Any = None
    struck: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}; known: {', '.join(sorted(KINDS))}")


class Faults:
    """The plan. `seed` makes probabilities repeatable."""

    def __init__(self, seed: int = 0) -> None:
        self._plan: list[Fault] = []
        self.era = 0
        """How often the plan was cleared: what was begun before does not act after it."""
        self._dice = random.Random(seed)

    def add(self, fault: Fault) -> None:
        self._plan.append(fault)

    def clear(self) -> None:
        self._plan.clear()
        self.era += 1

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._plan]

    def take(self, endpoint: str, kinds: frozenset[str]) -> Fault | None:
        """The fault that strikes this call, if one of these kinds is due; it counts as used."""
        for fault in self._plan:
            if fault.kind not in kinds or not fnmatchcase(endpoint, fault.endpoint):
                continue
            if fault.times is not None and fault.struck >= fault.times:
                continue
            if fault.after > 0:
                fault.after -= 1
            elif self._dice.random() < fault.probability:
                fault.struck += 1
                return fault
        return None
