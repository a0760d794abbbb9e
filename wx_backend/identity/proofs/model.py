"""Proving who a patient is without walking to the desk: attempts, their limits and their end. Pure.

The other side (docs/his-proof.md) makes the code, sends it and judges it; we never see one but what
somebody types. Times are business time, UTC.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine
from wx_backend.gateways.proof.port import Way
from wx_backend.identity.patients.model import Level

LIFE = timedelta(minutes=10)
ANSWERS = 3
AGAIN = timedelta(minutes=1)
"""Until then, asking for a code brings the one that is on its way."""

State = Literal["ASKING", "SENT", "PROVEN", "REFUSED", "FAILED", "OVER"]

PROOF = Machine(
    name="proof",
    states=frozenset({"ASKING", "SENT", "PROVEN", "REFUSED", "FAILED", "OVER"}),
    initial="ASKING",
    transitions={
        ("ASKING", "send"): "SENT",
        ("ASKING", "refuse"): "REFUSED",
        # The answer to our question may be lost, and the code be there all the same.
        ("ASKING", "prove"): "PROVEN",
        ("SENT", "prove"): "PROVEN",
        ("ASKING", "fail"): "FAILED",
        ("SENT", "fail"): "FAILED",
        ("ASKING", "end"): "OVER",
        ("SENT", "end"): "OVER",
    },
    terminal=frozenset({"PROVEN", "REFUSED", "FAILED", "OVER"}),
)
"""OVER: the other side has forgotten it, or another attempt has taken its place."""


class ProofUnavailable(AppError):
    """No such person, nothing on file, another name: one answer, so that nobody learns from it who
    is known at the hospital.
    """

    code, status, message = (
        "proof_unavailable",
        409,
        "无法用手机核验这位就诊人，请带身份证原件到门诊窗口办理",
    )


class ProofSilent(AppError):
    """The hospital's system did not answer: nothing is decided, and asking again is harmless."""

    code, status, message = (
        "proof_silent",
        503,
        "医院系统暂时没有答复，请稍后再试；已收到的验证码仍可填写",
    )


class ProofOver(AppError):
    """Too late, used up, or replaced by another code: nothing is changed."""

    code, status, message = "proof_over", 409, "验证码已失效，请重新获取"


class ProofCodeWrong(Invalid):
    """``left``: how many more codes may be tried."""

    code, message = "proof_code_wrong", "验证码不对，请核对短信后再填"


class ProofUsedUp(AppError):
    """As many codes as one account, or one patient, may be sent in a day."""

    code, status, message = (
        "proof_used_up",
        429,
        "今天获取验证码的次数已用完，请明天再试，或带身份证原件到门诊窗口办理",
    )


class BeginProof(Form):
    """How; ``ways`` says what the institution has."""

    way: Way = "HIS_PHONE"


class ProofAnswer(Form):
    """``attempt``: whose code it is, so that a late one does not answer another."""

    attempt: Annotated[str, Text(min_length=1, max_length=40)]
    code: Annotated[str, Text(min_length=1, max_length=20)]


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code that was typed, blind; ``wrong`` when the other side has said so."""

    mark: str
    wrong: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One code that was asked for, as stored.

    Args:
        since: when the binding was made: removed and added again, it is not the same one.
        claims: unique keys: the binding's one open attempt, and a place among those of the day
            that the account has, and the patient.
        given: the codes that were tried, each once.
        to: where it went, sealed; empty while nobody has said so.
    """

    id: str
    inst: str
    way: Way
    account: str
    binding: str
    patient_id: str
    since: datetime
    state: State
    began_at: datetime
    expires_at: datetime
    claims: tuple[str, ...]
    given: tuple[Given, ...] = ()
    to: str = ""

    def open(self, now: datetime) -> bool:
        """Takes answers."""
        return self.state in PROOF.sources("prove") and now < self.expires_at

    def on_its_way(self, now: datetime) -> bool:
        """Too fresh for another code, or nobody knows yet whether this one was sent."""
        return self.open(now) and (self.state == "ASKING" or now < self.began_at + AGAIN)

    def tried(self, mark: str) -> Given | None:
        return next((one for one in self.given if one.mark == mark), None)

    @property
    def left(self) -> int:
        return ANSWERS - len(self.given)


class AttemptShown(msgspec.Struct, frozen=True, kw_only=True):
    """An open attempt as its account sees it.

    Args:
        to: the last digits of where the code went; empty while the hospital has not said so.
        again_at: from then on another code may be asked for.
    """

    id: str
    way: Way
    to: str
    expires_at: datetime
    again_at: datetime
    left: int


class Proving(msgspec.Struct, frozen=True, kw_only=True):
    """How far a 就诊人 is verified, how they may be besides at the desk, and what is open."""

    level: Level
    ways: list[Way]
    attempt: AttemptShown | None = None


def open_claim(binding: str) -> str:
    """One open attempt for a binding."""
    return f"open:{binding}"


def day_claims(whose: str, key: str, day: str, most: int) -> list[str]:
    """The places that an account or a patient has in a day."""
    return [f"{whose}:{key}:{day}:{n}" for n in range(most)]


def clean_code(text: str) -> str:
    """As typed, without gaps and full-width forms. Raises Invalid."""
    code = "".join(unicodedata.normalize("NFKC", text).split())
    if not (code.isascii() and code.isdigit() and 4 <= len(code) <= 8):
        raise Invalid(fields={"code": "请填写短信中的数字验证码"})
    return code
