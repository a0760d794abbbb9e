"""Resident identity numbers (GB 11643-1999): 17 digits and a check character, mod 11-2. Pure.

The region in front is not judged: regions are abolished and added, and a number outlives them.
"""

import unicodedata
from datetime import date
from typing import Literal

import msgspec

from wx_backend.base.errors import Invalid

Sex = Literal["F", "M"]

CHECK_CHARACTERS = "10X98765432"
WRONG = "姓名或身份证号有误，请对照证件检查；如无误请到门诊窗口办理"
"""A wrong check character and a name that does not fit answer alike, so that nobody learns from the
answer whether a number is known here."""

OLDEST = 130
"""Years; an older birth date is a slip of the pen."""


class IdCard(msgspec.Struct, frozen=True):
    """What an identity number says about its owner."""

    number: str
    birth_date: date
    sex: Sex


def check_character(first17: str) -> str:
    """The character that completes 17 digits: weights 2^(17-i) mod 11."""
    total = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(first17))
    return CHECK_CHARACTERS[total % 11]


def parse(text: str, today: date, field: str = "id_no") -> IdCard:
    """The card behind what was typed: spaces, full-width and lower-case forms are put right.

    Raises:
        Invalid: names ``field`` and, in Chinese, what is wrong.
    """
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if len(number) != 18:
        raise _refused(field, "身份证号应为 18 位，请检查后再保存")
    digits, check = number[:17], number[17]
    if not (digits.isascii() and digits.isdigit()) or check not in CHECK_CHARACTERS:
        raise _refused(field, "身份证号只能是数字，最后一位可以是 X")
    if check_character(digits) != check:
        raise _refused(field, WRONG)
    born = _date(digits[6:14])
    if born is None or not 0 <= age(born, today) <= OLDEST:
        raise _refused(field, "身份证号中的出生日期有误，请对照证件检查")
    return IdCard(number, born, "M" if int(digits[16]) % 2 else "F")


def age(born: date, today: date) -> int:
    """Completed years (周岁), negative before birth; a birthday on 29 February moves to 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _refused(field: str, reason: str) -> Invalid:
    return Invalid(fields={field: reason})
