"""Lock-out, passwords, recovery codes."""

from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.base.errors import Invalid
from wx_backend.directory.settings.model import PARAMETERS
from wx_backend.identity.signin import choosing
from wx_backend.identity.signin.lockout import ADDRESS_TRIES, MEMBER_TRIES, lock_for
from wx_backend.identity.signin.model import (
    MOST,
    RECOVERY_CODES,
    Credentials,
    NewPassword,
    WeakPassword,
    check_password,
    is_recovery,
    one_time_password,
    one_time_until,
    recovery_codes,
    tidy_code,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def minutes(tries: int, limit: int = MEMBER_TRIES) -> float:
    return lock_for(tries, limit) / timedelta(minutes=1)


def test_four_failures_cost_nothing_and_from_the_fifth_on_the_wait_doubles():
    assert [minutes(n) for n in range(1, 10)] == [0, 0, 0, 0, 1, 2, 4, 8, 16]


def test_the_wait_ends_at_an_hour():
    assert [minutes(n) for n in (10, 11, 12, 10_000)] == [32, 60, 60, 60]


def test_an_address_is_given_more_since_a_ward_shares_it():
    assert minutes(ADDRESS_TRIES - 1, ADDRESS_TRIES) == 0
    assert minutes(ADDRESS_TRIES, ADDRESS_TRIES) == 1


def new(password: str, again: str | None = None) -> NewPassword:
    return NewPassword(password=password, again=password if again is None else again)


LEAST = 12
"""As declared; the hospital may ask for more."""


@pytest.mark.parametrize("good", ["Ginkgo-leaf-7", "abcDEF123456", "银杏Leaf77叶落知秋"])
def test_a_good_password(good):
    assert check_password(new(good), "D1001", LEAST) == good


@pytest.mark.parametrize(
    "weak", ["Short-7aaBB", "alllowercase", "alllower12345", "XxD1001-abc!", "Aa1Aa1Aa1Aa1"]
)
def test_a_weak_password(weak):
    with pytest.raises(WeakPassword):
        check_password(new(weak), "d1001", LEAST)


def test_a_password_is_as_long_as_asvs_wants_and_the_hospital_may_ask_for_more():
    asked = PARAMETERS[choosing.LENGTH]
    assert (asked.default, asked.least) == (LEAST, LEAST), "and never for less"
    with pytest.raises(WeakPassword):
        check_password(new("Ginkgo-leaf-7"), "D1001", 14)
    assert asked.most < MOST


def test_a_slip_of_the_finger():
    with pytest.raises(Invalid) as refused:
        check_password(new("Ginkgo-leaf-7", "Ginkgo-leaf-8"), "D1001", LEAST)
    assert list(refused.value.data["fields"]) == ["again"]


def test_the_first_password_would_be_a_good_one_and_is_never_the_same():
    given = {one_time_password() for _ in range(50)}
    assert len(given) == 50
    for one in given:
        assert check_password(new(one), "zzzz", LEAST) == one


def test_the_first_password_runs_out():
    handed = Credentials(id="stf1", inst="ins1", password="", own=False, until=one_time_until(NOW))
    assert handed.usable(NOW + timedelta(hours=71))
    assert not handed.usable(NOW + timedelta(hours=72))


def test_what_follows_the_password():
    def step(own: bool, totp: str) -> str:
        return Credentials(id="stf1", inst="ins1", password="", own=own, totp=totp).step

    assert [step(False, ""), step(False, "x"), step(True, ""), step(True, "x")] == [
        "PASSWORD",
        "PASSWORD",
        "ENROL",
        "CODE",
    ]


def test_recovery_codes_are_told_from_codes_of_the_app():
    codes = recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert all(is_recovery(tidy_code(code)) for code in codes)
    assert not is_recovery(tidy_code(" 123 456 "))
    assert tidy_code("１２３４５６") == "123456", "as a Chinese keyboard may type it"
    assert tidy_code(f" {codes[0].upper()} ") == codes[0]
