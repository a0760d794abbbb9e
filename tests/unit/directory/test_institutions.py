"""Host names, and what a credential is bound to."""

import pytest

from wx_backend.directory.institutions.model import channel_id, host_name, secret_aad


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Hospital.Example", "hospital.example"),
        ("hospital.example:8443", "hospital.example"),
        (" hospital.example ", "hospital.example"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("", ""),
    ],
)
def test_the_host_of_a_header(header, name):
    assert host_name(header) == name


def test_a_channel_is_one_account_of_one_institution_on_one_platform():
    ids = {
        channel_id(inst, platform, account)
        for inst in ("ins1", "ins2")
        for platform in ("wechat", "wechat_mini")
        for account in ("wx1", "wx2")
    }
    assert len(ids) == 8
    assert channel_id("ins1", "wechat", "wx1") in ids


def test_a_secret_is_bound_to_its_name_and_channel():
    bound = {secret_aad(channel, name) for channel in ("chn1", "chn2") for name in ("a", "b")}
    assert len(bound) == 4
