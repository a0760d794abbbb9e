"""How staff prove who they are: refusals, the rules of passwords, recovery codes. Pure."""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid, TooMany
from wx_backend.base.forms import Form, Text
from wx_backend.base.words import Filled

Step = Literal["PASSWORD", "ENROL", "CODE"]
"""What is still to do after the right password: choose one's own, set up the app, give a code."""

STAFF_SESSION = "staff_session"
STAFF_HALF = "staff_half"
"""Names of the signed cookies, before their ``__Host-``."""

HALF_MINUTES = 10
"""How long the second step may take."""

ONE_TIME_HOURS = 72
"""How long the first password, handed out by the administrator, may be used."""

MOST = 128
KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCredentials(AppError):
    """Unknown number, wrong password, has left, first password too old: outsiders see one."""

    code, status, message = "wrong_credentials", 401, "工号或密码不正确"


class WrongCode(AppError):
    """Not a present code, or one that was used before."""

    code, status, message = "wrong_code", 401, "动态码不正确或已使用，请等待新的动态码"


class SignInLocked(TooMany):
    """``retry_after``: seconds until the next try is allowed."""

    code, message = "sign_in_locked", "尝试次数过多，登录已暂时锁定，请稍后再试"


class HalfExpired(AppError):
    """The first step was too long ago, or is not the one that this step continues."""

    code, status, message = "sign_in_step_expired", 401, "登录步骤已过期，请重新输入工号和密码"


class NoStaffAccount(AppError):
    """Signed in to WeCom, but nobody here has this userid."""

    code, status, message = "no_staff_account", 403, "您的企业微信账号尚未开通本系统，请联系信息科"


class WeakPassword(Invalid):
    code, message = "weak_password", "密码不符合要求"


class Password(Form):
    """The first step."""

    number: Annotated[str, Text(min_length=1, max_length=20)]
    password: Annotated[str, Text(min_length=1, max_length=MOST)]


class Code(Form):
    """A code of the app, or a recovery code."""

    code: Annotated[str, Text(min_length=1, max_length=20)]


class NewPassword(Form):
    """``again`` guards against a slip of the finger."""

    password: Annotated[str, Text(min_length=1, max_length=MOST)]
    again: Annotated[str, Text(max_length=MOST)] = ""


class ChangePassword(NewPassword, kw_only=True):
    """By somebody who is signed in."""

    current: Annotated[str, Text(min_length=1, max_length=MOST)]


class Half(msgspec.Struct, frozen=True):
    """The right password was given: kept by the browser, signed, until the second step."""

    member: str
    inst: str
    number: str
    epoch: int


class StaffSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, with which roles, since when and when last seen (seconds, real time).

    ``channel`` is the WeCom application it came through; empty for password and code.
    """

    id: str
    member: str
    name: str
    inst: str
    epoch: int
    roles: tuple[str, ...]
    since: int
    seen: int
    channel: str = ""


class Enrolment(msgspec.Struct, frozen=True):
    """A new secret for the app, as text and as what the QR code says."""

    secret: str
    uri: str


class Credentials(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """What one member proves themselves with; ``id`` is the member's.

    Args:
        password: argon2id.
        own: chosen by the member; else handed out, and good until ``until`` (real time).
        totp: sealed secret in use; ``pending`` one that is being set up.
        last_step: newest period whose code was used.
        recovery: blind values of the recovery codes not used yet.
        devices: blind names of the browsers signed in from, the newest last.
        version: raised by what is told; 0 when nothing has been since versions are counted.
    """

    id: str
    inst: str
    password: str
    own: bool
    until: datetime | None = None
    totp: str = ""
    pending: str = ""
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    version: int = 0

    @property
    def subject(self) -> str:
        """What its events are about; the member's own have the member's id."""
        return ids.derive("crd", self.id)

    def usable(self, now: datetime) -> bool:
        return self.own or (self.until is not None and now < self.until)

    @property
    def step(self) -> Step:
        """What follows the right password."""
        if not self.own:
            return "PASSWORD"
        return "CODE" if self.totp else "ENROL"


def one_time_until(now: datetime) -> datetime:
    return now + timedelta(hours=ONE_TIME_HOURS)


def check_password(form: NewPassword, number: str, least: int) -> str:
    """The new password. Raises WeakPassword or Invalid.

    ``least`` characters, of three kinds (GB/T 22239-2019, 8.1.4.1), not built on the number.
    """
    given = form.password
    if form.again != given:
        raise Invalid(fields={"again": "两次输入的密码不一致"})
    kinds = sum(bool(re.search(kind, given)) for kind in KINDS)
    if len(given) < least or kinds < 3:
        rule = Filled("至少 %(least)s 位，且含大写、小写、数字、符号中的三种", least=least)
        raise WeakPassword(fields={"password": rule})
    if number.lower() in given.lower() or len(set(given)) < 5:
        raise WeakPassword(fields={"password": "不能包含工号或大量重复字符"})
    return given


def one_time_password() -> str:
    """To be read out or printed once: 3 groups of 4, of every kind of character."""
    groups = ["".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3)]
    return "-".join([groups[0], groups[1].upper(), groups[2] + secrets.choice("23456789")])


def recovery_codes() -> list[str]:
    """Ten codes of ten characters (about 49 bits), for when the phone is lost."""
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def tidy_code(text: str) -> str:
    """As typed, without spaces, in lower case and with half-width digits."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def is_recovery(text: str) -> bool:
    """Codes of the app are digits only."""
    return not text.isdigit()
