"""How many numbers somebody may have at once: unique keys, of which an appointment takes one a row.
Pure.

"At most n" is n ordinal keys tried in turn; the unique index refuses the second taker (clinical
table 3.2: per identity; 3.4: per account, its family with one doctor, and phone).
"""

import msgspec

from booking.appointments.model import Appointment, LimitReached
from booking.schedules.model import Slot
from wx_backend.base.errors import SameKeyOtherBody
from wx_backend.identity.accounts.model import PREFIX as ACCOUNT_ID

WORDS = {
    "session": "该就诊人已预约本科室同一午别的号",
    "day": "该就诊人当天的预约已达上限",
    "open": "该就诊人未就诊的预约已达上限",
    "account": "您的账号预约这位医生当天的号已达上限",
    "account_open": "您的账号未就诊的预约已达上限",
    "phone": "该联系手机号预约本科室当天的号已达上限",
    "move": "该预约正在改约，请稍后再试",
}

PARAMETERS = {
    "session": "per_department_session",
    "day": "per_day",
    "open": "open_at_once",
    "account": "per_account_doctor_day",
    "account_open": "open_per_account",
    "phone": "per_phone_department_day",
}
"""By limit, the parameter that says how many."""

OF_ACCOUNT = "account_open"
OF_ACCOUNTS = frozenset({"account", OF_ACCOUNT})
"""Limits of who signs in, and so of whom an appointment is moved to when accounts become one."""
STILL_TO_COME = frozenset({"open", OF_ACCOUNT})
"""Limits that count visits to come, of whatever date."""


def kept_limits(draft: Appointment) -> list[str]:
    """What a place that the hospital gives takes: keys of its own, beyond what a person may book,
    so that nobody loses it by having other numbers.
    """
    about = f"{draft.patient_id}:{draft.id}"
    return [key_limit(draft.key), *(f"{row}:{about}" for row in ("session", "day", "open"))]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How many at most; 0 is no limit for an account or a phone."""

    session: int
    day: int
    open: int
    account: int = 0
    account_open: int = 0
    phone: int = 0


def limit_keys(draft: Appointment, slot: Slot, most: Bounds) -> list[list[str]]:
    """The rows of keys for who wants a number of ``slot``."""
    person, date = draft.patient_id, slot.visit_date
    rows = {"session": f"{person}:{slot.department_id}:{date}:{slot.session}",
            "day": f"{person}:{date}", "open": person}  # fmt: skip
    if draft.account.startswith(ACCOUNT_ID):
        rows["account"] = f"{draft.account}:{slot.doctor_id}:{date}"
        rows["account_open"] = draft.account
    if draft.contact:
        rows["phone"] = f"{draft.contact}:{slot.department_id}:{date}"
    return [
        [f"{name}:{about}:{n}" for n in range(getattr(most, name))]
        for name, about in rows.items()
        if getattr(most, name)
    ]


def key_limit(key: str) -> str:
    """What an idempotency key takes among the limits: it makes one appointment, ever."""
    return f"key:{key}"


class Limits:
    """One key of each row; a key that is taken is followed by its row's next."""

    def __init__(self, draft: Appointment, rows: list[list[str]]):
        self._key = key_limit(draft.key)
        self._whole = {_name(row[0]): row for row in rows}
        self._left = {name: list(row) for name, row in self._whole.items()}

    def keys(self) -> list[str]:
        return [self._key, *(row[0] for row in self._left.values())]

    def advance(self, taken: str) -> None:
        """Raises SameKeyOtherBody, or LimitReached when the row of ``taken`` is used up."""
        if taken == self._key:
            raise SameKeyOtherBody()
        name = _name(taken)
        self._left[name].remove(taken)
        if not self._left[name]:
            raise LimitReached(WORDS[name], limit=name)

    def begin_again(self, taken: str) -> list[str]:
        """The used-up row of ``taken``, to be tried once more; none where all of it is of visits
        on one date.
        """
        name = _name(taken)
        if name not in STILL_TO_COME:
            return []
        self._left[name] = list(self._whole[name])
        return self._whole[name]


def _name(key: str) -> str:
    return key.split(":", 1)[0]
