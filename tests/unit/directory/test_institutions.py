"""Host names, and what a credential is bound to."""

import pytest
from msgspec import structs

from wx_backend.directory.institutions.model import Channel, channel_id, host_name, secret_aad
from wx_backend.directory.institutions.needs import NEEDS, lacks


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


def channel(platform, params=None, **given):
    return Channel(
        id="chn1", inst="ins1", platform=platform, version=1, params=params or {}, **given
    )


WHOLE = {
    "wechat": channel("wechat", appid="wx1"),
    "wechat_mini": channel("wechat_mini", appid="wx1"),
    "wechat_pay": channel(
        "wechat_pay",
        {"merchant_serial": "1", "public_key_id": "2", "public_key": "3"},
        appid="wx1",
        mchid="19",
    ),
    "alipay": channel("alipay", appid="2021000000000001", mchid="2088000000000002"),
    "wecom": channel("wecom", {"agent_id": "1000002"}, appid="ww1"),
    "sms": channel("sms", {"signature": "云江一院"}, appid="1400006666"),
    "lis": channel("lis", {"host": "lis.local", "port": "6661"}, appid="LIS|JQ"),
    "his_numbers": channel("his_numbers", {"url": "https://his.local/wx"}, appid="wx-backend"),
    "his_bills": channel("his_bills", {"url": "https://his.local/wx"}, appid="wx-backend"),
    "his_proof": channel("his_proof", {"url": "https://his.local/wx"}, appid="wx-backend"),
    "his_accounts": channel("his_accounts", {"url": "https://his.local/wx"}, appid="wx-backend"),
}


def test_every_platform_is_covered():
    assert WHOLE.keys() == NEEDS.keys()


@pytest.mark.parametrize("platform", NEEDS)
def test_a_whole_account_lacks_nothing_and_each_part_is_missed(platform):
    whole, needs = WHOLE[platform], NEEDS[platform]
    secrets = dict.fromkeys(needs.secrets, "x")
    assert lacks(whole, secrets) == {}
    for name in needs.secrets:
        assert lacks(whole, {**secrets, name: ""}) == {f"secrets.{name}": "未填写"}
    for name in needs.params:
        fewer = {key: value for key, value in whole.params.items() if key != name}
        given = {"appid": whole.appid, "mchid": whole.mchid}
        assert lacks(channel(platform, fewer, **given), secrets) == {f"params.{name}": "未填写"}
    for name in needs.account:
        given = {"appid": whole.appid, "mchid": whole.mchid, name: ""}
        assert lacks(channel(platform, whole.params, **given), secrets) == {name: "未填写"}


@pytest.mark.parametrize("given", ["other_public_key", "other_public_key_id"])
def test_another_key_of_the_platform_is_of_no_use_without_its_name(given):
    whole, secrets = WHOLE["wechat_pay"], dict.fromkeys(NEEDS["wechat_pay"].secrets, "x")
    [found] = lacks(structs.replace(whole, params={**whole.params, given: "x"}), secrets)
    assert found in ("params.other_public_key", "params.other_public_key_id")
    assert found != f"params.{given}"


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (channel("unionpay", appid="1"), "platform"),
        (channel("wecom", {"agent_id": "main"}, appid="ww1"), "params.agent_id"),
        (channel("lis", {"host": "h", "port": "mllp"}, appid="LIS|JQ"), "params.port"),
        (channel("lis", {"host": "h", "port": "1"}, appid="LIS"), "appid"),
        (channel("his_numbers", {"url": "http://169.254.1.1/"}, appid="w"), "params.url"),
        (
            channel("lis", {"host": "h", "port": "1", "charset": "ebcdic"}, appid="LIS|"),
            "params.charset",
        ),
    ],
)
def test_what_cannot_be_is_named(one, field):
    assert list(lacks(one, {"secret": "a", "token": "b", "aes_key": "c"})) == [field]
