"""登录设备: which come first, what is known of them, and how seldom their use is written down."""

from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.identity.accounts.devices import Device, Login, Used, devices, kind_of

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)


def login(key: str, used: timedelta) -> Login:
    return Login(
        id=key,
        account="acc1",
        channel="chn1",
        platform="wechat",
        kind="android",
        since=NOW - timedelta(days=9),
        used=NOW - used,
        until=NOW + timedelta(days=21),
        epoch=1,
    )


def test_this_one_first_then_those_used_last():
    known = [login(f"ses{days}", timedelta(days)) for days in (2, 1, 3)]
    assert [(one.id, one.here) for one in devices(known, "ses3")] == [
        ("ses3", True),
        ("ses1", False),
        ("ses2", False),
    ]


def test_a_session_older_than_the_list_is_in_it_as_this_one():
    first, second = devices([login("ses1", timedelta())], "ses0")
    assert first == Device(id="ses0", here=True)
    assert (second.id, second.here) == ("ses1", False)


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0", "iphone"),
        ("Mozilla/5.0 (Linux; Android 14; V2309A) MicroMessenger/8.0", "android"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb", "harmony"),
        ("Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00)", "harmony"),
        ("Mozilla/5.0 (Windows NT 10.0) WindowsWechat", "windows"),
        ("curl/8", ""),
    ],
)
def test_the_kind_of_device(agent: str, kind: str):
    assert kind_of(agent) == kind


def test_used_is_told_once_an_hour():
    used = Used()
    for minute in (0, 1, 49):
        used.note("ses1", NOW + timedelta(minutes=minute))
    used.note("ses2", NOW)
    assert used.take(1) == {"ses1": NOW}
    assert used.take(5) == {"ses2": NOW}
    used.note("ses1", NOW + timedelta(minutes=49))
    assert used.take(5) == {}
    used.note("ses1", NOW + timedelta(minutes=50))
    assert used.take(5) == {"ses1": NOW + timedelta(minutes=50)}
