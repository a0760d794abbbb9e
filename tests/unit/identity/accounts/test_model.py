"""Accounts: keys, the one who stays, and where a sign-in may lead."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.identity.accounts.model import (
    Account,
    OpenId,
    joins_by_phone,
    local_path,
    openid_key,
    survivor,
    unionid_key,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def account(key: str, minutes: int = 0, *identities: OpenId) -> Account:
    return Account(
        id=key, identities=identities, keys=(), created_at=NOW + timedelta(minutes=minutes)
    )


def test_the_openid_of_an_appid():
    known = OpenId(platform="wechat", appid="wx1", openid="o1", since=NOW)
    assert account("acc1", 0, known).openid("wx1") == "o1"
    assert account("acc1", 0, known).openid("wx2") is None


@pytest.mark.parametrize(
    ("holder", "claimer", "one"),
    [
        ({"pat1"}, {"pat1"}, True),
        ({"pat1", "pat2"}, {"pat2"}, True),
        ({"pat1"}, {"pat2"}, False),
        ({"pat1"}, set(), False),
        (set(), {"pat1"}, False),
        (set(), set(), False),
    ],
)
def test_a_number_joins_only_with_a_second_proof(holder, claimer, one):
    assert joins_by_phone(frozenset(holder), frozenset(claimer)) is one


def test_an_openid_means_nothing_under_another_appid():
    assert openid_key("wx1", "o1") != openid_key("wx2", "o1")


def test_a_unionid_joins_service_account_and_mini_program():
    assert unionid_key("wechat", "u1") == unionid_key("wechat_mini", "u1")
    assert unionid_key("wechat", "u1") != unionid_key("alipay", "u1")


def test_the_eldest_stays_whatever_the_order():
    old, young, youngest = account("b"), account("a", 1), account("c", 2)
    assert survivor([youngest, old, young]) == (old, [young, youngest])
    twin = account("a")
    assert survivor([old, twin])[0] is survivor([twin, old])[0]


@pytest.mark.parametrize("path", ["/", "/h5/book?slot=1&x=%2F", "/h5/#top"])
def test_paths_of_this_site(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        "",
        "h5/",
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "javascript:alert(1)",
        "/h5/ next",
        "/h5/中文",
    ],
)
def test_anything_else_leads_home(address):
    assert local_path(address, "/h5/") == "/h5/"


@given(st.text(alphabet="/\\:@.?#%\t\n aehtps0", max_size=12))
def test_nobody_ever_leaves(address):
    there = urlsplit(urljoin("https://here.test/", local_path(address)))
    assert (there.scheme, there.netloc) == ("https", "here.test")
