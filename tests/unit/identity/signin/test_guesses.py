"""Passwords that comply with every rule of shape, and that everybody tries."""

import pytest

from wx_backend.identity.signin.guesses import soon

ABOUT = ("赵婷", "N2001", "zhao-ting", "护士", "云江市第一人民医院", "yunjiang")


@pytest.mark.parametrize(
    "broken",
    [
        "Password123!",
        "P@ssw0rd2026",
        "1qaz@WSX3edc",
        "Qwertyuiop1!",
        "Iloveyou123!",
        "Welcome@2026",
        "Woaini1314520!",
        "Yiyuan@123456",
        "Hospital@2026",
        "!321drowssaP",
        "Abc123456789!",
    ],
)
async def test_a_broken_password_in_another_dress_is_guessed_soon(broken):
    assert await soon(broken, ())


@pytest.mark.parametrize(
    "own", ["Zhaoting@2026", "Yunjiang@2026", "Hushi-123456", "Zhaoting.N2001"]
)
async def test_so_is_what_is_known_of_its_owner(own):
    assert await soon(own, ABOUT)


@pytest.mark.parametrize(
    "good", ["Ginkgo-leaf-7", "银杏Leaf77叶落知秋", "kP7-wQ2m-xR9", "Correct4horse-Battery!"]
)
async def test_what_nobody_has_on_a_list_is_not(good):
    assert not await soon(good, ABOUT)


async def test_the_longest_password_is_looked_at():
    """The library itself refuses to look at more than 72 characters."""
    assert await soon("aA1" * 42, ABOUT)
    assert not await soon("4@8({[</369&#!1/|0$5+7%2/kP7-wQ2m" * 3, ABOUT)
