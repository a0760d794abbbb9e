"""One-time codes against the published vectors."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.identity.signin import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""Of RFC 6238, appendix B, and RFC 4226, appendix D."""

VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
HOTP = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
        "520489")  # fmt: skip


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_rfc_6238(seconds, code):
    assert totp.code(SECRET, totp.step_of(at(seconds)), digits=8) == code


@pytest.mark.parametrize(("count", "code"), list(enumerate(HOTP)))
def test_rfc_4226(count, code):
    assert totp.code(SECRET, count) == code


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_a_phone_may_be_one_period_off(periods):
    now = at(2_000_000_000)
    given = totp.code(SECRET, totp.step_of(now) + periods)
    assert totp.match(SECRET, given, now) == totp.step_of(now) + periods


@pytest.mark.parametrize("periods", [-2, 2])
def test_two_periods_off_is_wrong(periods):
    now = at(2_000_000_000)
    assert totp.match(SECRET, totp.code(SECRET, totp.step_of(now) + periods), now) is None


@pytest.mark.parametrize("given", ["", "28708", "2870820", "abcdef", "２８７０８２"])
def test_anything_else_is_wrong(given):
    assert totp.match(SECRET, given, at(59)) is None


def test_a_secret_is_as_long_as_the_hash_and_never_the_same():
    first, second = totp.new_secret(), totp.new_secret()
    assert len(base64.b32decode(first)) == 20
    assert first != second
    now = at(59)
    assert totp.match(first, totp.code(first, totp.step_of(now)), now + timedelta(seconds=30))


def test_what_the_app_scans():
    assert totp.uri("ABC", "D1001", "云江医院") == (
        "otpauth://totp/%E4%BA%91%E6%B1%9F%E5%8C%BB%E9%99%A2:D1001"
        "?secret=ABC&issuer=%E4%BA%91%E6%B1%9F%E5%8C%BB%E9%99%A2&digits=6&period=30"
    )
