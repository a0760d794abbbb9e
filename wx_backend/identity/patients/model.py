"""就诊人: who an account may act for, how far, and until when. Pure."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine
from wx_backend.identity.patients.idcard import Sex, age

Relation = Literal["SELF", "SPOUSE", "PARENT", "CHILD", "OTHER"]
Level = Literal["BOOKING", "VERIFIED"]
Reading = Literal["USUAL", "ALLOWED", "DENIED"]
Method = Literal["DESK", "HIS_PHONE"]
Paper = Literal["ID_CARD", "HOUSEHOLD", "BIRTH", "OTHER"]

RELATIONS: dict[str, str] = {
    "SELF": "本人",
    "SPOUSE": "配偶",
    "PARENT": "父母",
    "CHILD": "子女",
    "OTHER": "其他",
}
PAPERS: dict[str, str] = {
    "ID_CARD": "居民身份证",
    "HOUSEHOLD": "户口簿",
    "BIRTH": "出生医学证明",
    "OTHER": "其他有效证件",
}
CODE_DIGITS = 6

WARD_RELATIONS = frozenset({"CHILD", "OTHER"})
ADULT = 18
CHILD_CONSENT = 14
"""Below this age a guardian's own consent is needed (PIPL, art. 31)."""

CONSENT = ("patient_binding", "2026-11-01")
GUARDIAN_CONSENT = ("child_data", "2026-11-01")
"""(purpose, version of the text) that the forms show."""

NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]+(·[\u3400-\u9fff\U00020000-\U000323af]+)*")
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅．.", "·"))
PHONE = re.compile(r"1[3-9][0-9]{9}")

BINDING = Machine(
    name="binding",
    states=frozenset({"ACTIVE", "REMOVED"}),
    initial="ACTIVE",
    transitions={("ACTIVE", "remove"): "REMOVED", ("REMOVED", "add"): "ACTIVE"},
)


class ReadingNeedsVerification(AppError):
    """Name and number alone may book; records are read only with a verified binding."""

    code, status, message = (
        "reading_needs_verification",
        403,
        "查看病历和报告前需核验一次，请在“就诊人”中点“去核验”",
    )


class GuardianNeeded(Invalid):
    """Under 18: the account's own adult must be named as guardian."""

    code, message = "guardian_needed", "未满 18 周岁须由监护人添加，监护人须先添加为本人"


class GuardianInUse(AppError):
    """The account's own person cannot leave while minors depend on them."""

    code, status, message = "guardian_in_use", 409, "名下有未成年就诊人，请先解除其绑定"


class AlreadyAdded(AppError):
    code, status, message = "already_added", 409, "这位就诊人已经添加过了"


class SelfExists(AppError):
    code, status, message = "self_exists", 409, "一个账号只能添加一位“本人”"


class TooManyPeople(AppError):
    """``limit``: people an account may act for (clinical table 3.2)."""

    code, status, message = "too_many_people", 409, "就诊人数量已达上限"


class TooManyAdds(AppError):
    """``limit`` additions in ``days`` (clinical table 3.2)."""

    code, status, message = "too_many_adds", 409, "近期添加就诊人次数过多，请过些天再试"


class AddPerson(Form):
    """``guardian`` is the patient_id of the account's own adult; only for people under 18.

    ``payer``: books and pays for them, and reads nothing even when verified (lessons.md 11).
    """

    name: Annotated[str, Text(min_length=2, max_length=40)]
    id_no: Annotated[str, Text(min_length=1, max_length=40)]
    phone: Annotated[str, Text(min_length=1, max_length=20)]
    relation: Relation
    guardian: Annotated[str, Text(max_length=40)] = ""
    agreed: bool = False
    guardian_agreed: bool = False
    default: bool = False
    payer: bool = False


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the consent ledger: to what text, through which channel, from when to when."""

    purpose: str
    version: str
    at: datetime
    channel: str
    withdrawn_at: datetime | None = None


class Binding(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """This account acts for this patient.

    Args:
        display: masked name, the only form in which a name travels on.
        guardian: patient_id of the guardian through whom a minor was added.
        ordinal: the account's place this person takes; absent when removed.
        add_slot: the account's right to add that was used, until it may be used again.
        default_at: when chosen as default; the latest counts.
        reading: what the person, or the account itself as a payer, has decided about reading.
        moved_to: the binding that this one became when its account was merged; ``moved_from`` is
            the way back.
        proof_of: verified by what that binding of a merged account had proved, not by itself.
        contact: blind key of the number to call.
    """

    id: str
    inst: str
    account: str
    patient_id: str
    relation: Relation
    level: Level
    state: str
    display: str
    masked_id_no: str
    birth_date: date
    sex: Sex
    consents: tuple[Consent, ...]
    added_at: datetime
    version: int
    guardian: str = ""
    ordinal: int | None = None
    add_slot: int | None = None
    default_at: datetime | None = None
    reading: Reading = "USUAL"
    moved_to: str = ""
    moved_from: str = ""
    proof_of: str = ""
    contact: str = ""

    @property
    def active(self) -> bool:
        return self.state == "ACTIVE"

    def age(self, today: date) -> int:
        return age(self.birth_date, today)

    def is_adult_self(self, today: date) -> bool:
        """May be named as guardian."""
        return self.active and self.relation == "SELF" and self.age(today) >= ADULT

    def outgrown(self, today: date) -> bool:
        """A guardian's charge who is 18 today, by the hospital's date (Civil Code, art. 17 and 34).

        Judged whenever somebody asks, so no job can be late with it.
        """
        return bool(self.guardian) and self.age(today) >= ADULT

    def may_read(self, today: date) -> bool:
        """Verified, and not a payer. A guardian's right ends when the child turns 18, unless the
        person allows it (lessons.md 11).
        """
        if self.level != "VERIFIED" or self.reading == "DENIED":
            return False
        return self.reading == "ALLOWED" or not self.outgrown(today)

    def proved_by(self, other: "Binding") -> bool:
        """The proof of a merged account's counts here, if nothing else is decided about reading."""
        same = (self.reading, self.guardian) == (other.reading, other.guardian)
        return self.active and same and (self.level, other.level) == ("BOOKING", "VERIFIED")

    def decides(self, today: date) -> bool:
        """May say who else reads: the person themselves, grown up and verified."""
        return self.is_adult_self(today) and self.level == "VERIFIED"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A 就诊人 as shown to the account: name and number masked."""

    binding_id: str
    patient_id: str
    name: str
    id_no: str
    relation: Relation
    relation_name: str
    age: int
    sex: Sex
    level: Level
    is_default: bool
    guardian: str
    reads: bool = False
    payer: bool = False
    outgrown: bool = False
    decides: bool = False


def binding_id(account: str, patient_id: str) -> str:
    return ids.derive("bind", account, patient_id)


def clean_name(text: str) -> str:
    """The name as on the card: no spaces, one kind of dot. Raises Invalid."""
    name = "".join(unicodedata.normalize("NFKC", text).translate(DOTS).split())
    if not 2 <= len(name) <= 30 or not NAME.fullmatch(name):
        raise Invalid(fields={"name": "请填写与身份证一致的中文姓名"})
    return name


def clean_phone(text: str) -> str:
    """A mainland mobile number. Raises Invalid."""
    phone = "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("+86")
    if not PHONE.fullmatch(phone):
        raise Invalid(fields={"phone": "请填写 11 位手机号"})
    return phone


def check_agreed(form: AddPerson) -> None:
    """Raises Invalid without consent to the processing of personal data."""
    if not form.agreed:
        raise Invalid(fields={"agreed": "请先阅读并同意《个人信息处理说明》"})


def agreed_to(form: AddPerson, years: int) -> list[tuple[str, str]]:
    """The consents this addition rests on. Raises Invalid when one is missing."""
    check_agreed(form)
    if years >= CHILD_CONSENT:
        return [CONSENT]
    if not form.guardian_agreed:
        raise Invalid(fields={"guardian_agreed": "未满 14 周岁须由监护人单独同意"})
    return [CONSENT, GUARDIAN_CONSENT]


def guardian_for(form: AddPerson, years: int, known: list[Binding], today: date) -> Binding | None:
    """The guardian of a minor; None for an adult.

    Raises:
        GuardianNeeded: a minor without the account's own adult as named guardian, or with a
            relation that no minor has.
    """
    if years >= ADULT:
        return None
    if form.relation not in WARD_RELATIONS:
        raise GuardianNeeded(fields={"relation": "未满 18 周岁只能选择“子女”或“其他”"})
    for one in known:
        if one.patient_id == form.guardian and one.is_adult_self(today):
            return one
    raise GuardianNeeded(fields={"guardian": "请选择监护人，须为已添加的成年本人"})


def wards(own: Binding, known: list[Binding], today: date) -> list[Binding]:
    """Minors who depend on this person as their guardian."""
    return [
        one
        for one in known
        if one.active and one.guardian == own.patient_id and one.age(today) < ADULT
    ]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Another account that acts for a person, as the person sees it."""

    binding_id: str
    relation: Relation
    phone: str
    level: Level
    reading: Reading
    reads: bool
    outgrown: bool


class ReadingForm(Form):
    """``allowed``: may read; else may only book and pay."""

    allowed: bool


def adult_since(today: date) -> date:
    """The latest birth date of somebody who is 18 on ``today``."""
    try:
        return today.replace(year=today.year - ADULT)
    except ValueError:  # 29 February: eighteen years ago had none
        return date(today.year - ADULT, 2, 28)


class Household(msgspec.Struct, frozen=True):
    """The people of an account; ``places_left``: how many more it may add."""

    items: list[Person]
    places_left: int


def people(known: list[Binding], today: date) -> list[Person]:
    """The active ones in the order they were added, exactly one of them the default."""
    active = sorted((one for one in known if one.active), key=lambda one: one.ordinal or 0)
    chosen = [one for one in active if one.default_at]
    default = max(chosen, key=lambda one: one.default_at) if chosen else next(iter(active), None)
    names = {one.patient_id: one.display for one in active}
    return [
        Person(
            binding_id=one.id,
            patient_id=one.patient_id,
            name=one.display,
            id_no=one.masked_id_no,
            relation=one.relation,
            relation_name=RELATIONS[one.relation],
            age=one.age(today),
            sex=one.sex,
            level=one.level,
            is_default=one is default,
            guardian=names.get(one.guardian, ""),
            reads=one.may_read(today),
            payer=one.reading == "DENIED",
            outgrown=one.outgrown(today) and one.reading == "USUAL",
            decides=one.decides(today),
        )
        for one in active
    ]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A patient as the desk sees them: name and number masked."""

    patient_id: str
    name: str
    id_no: str
    birth_date: date
    sex: Sex

    def age(self, today: date) -> int:
        return age(self.birth_date, today)


class RegisterForm(Form):
    """What is on the identity card of somebody who is here for the first time."""

    name: Annotated[str, Text(min_length=2, max_length=40)]
    id_no: Annotated[str, Text(min_length=1, max_length=40)]


class DeskCodeWrong(Invalid):
    """The code is not the one that the account's own phone shows today."""

    code, message = "desk_code_wrong", "核验码不对，请患者打开“就诊人 - 核验”页，按手机上显示的填写"


class DeskProof(Form):
    """What the staff member saw. ``code`` ties it to the phone of the person at the desk."""

    code: Annotated[str, Text(min_length=1, max_length=10)]
    paper: Paper
    reason: Annotated[str, Text(min_length=2, max_length=200)]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A binding as the desk sees it: nothing of the account but a masked number to call."""

    binding_id: str
    name: str
    id_no: str
    relation_name: str
    phone: str
    guardian: bool
    verified: bool
    added_on: str


def digits(keyed_hash: str) -> str:
    """A hash with a key, in hexadecimal, as six digits to read out."""
    return f"{int(keyed_hash.rpartition(':')[2], 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def typed_code(text: str) -> str:
    """As typed, without the gaps the phone shows."""
    return "".join(text.split())
