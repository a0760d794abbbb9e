"""The service account through the unmodified SDK: tokens, web login, messages, events."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException, WeChatOAuthException

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.sdk import oauth_sdk
from wx_backend.entrypoints.sandbox import people, template_rules

WANG, STRANGER = people.PEOPLE[0], people.PEOPLE[4]
TEMPLATE = {item.name: item for item in template_rules.load().values()}["appointment_cancelled"]
DATA = {
    "thing1": {"value": "王*兰"},
    "thing2": {"value": "心血管内科"},
    "time3": {"value": "2026年11月24日 09:30"},
    "thing4": {"value": "本人取消"},
}


async def send(bench: Bench, **changed: Any) -> Any:
    body = {"touser": WANG.openid, "template_id": TEMPLATE.id, "url": "", "data": DATA} | changed
    return await bench.sdk(bench.wechat.post, "message/template/send", data=body)


async def login_code(bench: Bench, key: str, **more: str) -> dict[str, str]:
    """Follow the consent page as a browser would; the query of the way back."""
    oauth = oauth_sdk(bench.url, bench.keys, "http://hospital.test/back?a=1", **more)
    page = oauth.authorize_url.split("#")[0]
    assert "选择一位演示用户" in (await bench.http.fetch(page)).body.decode()
    answer = await bench.http.fetch(f"{page}&as={key}", follow_redirects=False, raise_error=False)
    assert answer.code == 302
    target = urlsplit(answer.headers["Location"])
    assert target.netloc == "hospital.test"
    return {name: values[0] for name, values in parse_qs(target.query).items()}


async def test_web_login(bench: Bench) -> None:
    back = await login_code(bench, "wang-xiulan", state="nonce1")
    assert (back["a"], back["state"]) == ("1", "nonce1")
    oauth = oauth_sdk(bench.url, bench.keys, "http://hospital.test/back")
    token = await bench.sdk(oauth.fetch_access_token, back["code"])
    assert token["openid"] == WANG.openid and "is_snapshotuser" not in token
    with pytest.raises(WeChatOAuthException) as used:
        await bench.sdk(oauth.fetch_access_token, back["code"])
    assert used.value.errcode == 40163
    with pytest.raises(WeChatOAuthException) as unknown:
        await bench.sdk(oauth.fetch_access_token, "made-up")
    assert unknown.value.errcode == 40029
    with pytest.raises(WeChatOAuthException) as base:
        await bench.sdk(oauth.get_user_info)
    assert base.value.errcode == 48001


async def test_profile_and_snapshot(bench: Bench) -> None:
    oauth = oauth_sdk(bench.url, bench.keys, "http://hospital.test/back")
    back = await login_code(bench, "zhang-min", scope="snsapi_userinfo")
    await bench.sdk(oauth.fetch_access_token, back["code"])
    assert (await bench.sdk(oauth.get_user_info))["nickname"] == "张敏"
    back = await login_code(bench, "kuaizhao")
    assert (await bench.sdk(oauth.fetch_access_token, back["code"]))["is_snapshotuser"] == 1


async def test_a_foreign_appid_gets_no_code(bench: Bench) -> None:
    page = f"{bench.url}/open/connect/oauth2/authorize?appid=wx0&redirect_uri=http://a.test"
    answer = await bench.http.fetch(f"{page}&response_type=code&scope=snsapi_base&as=wang-xiulan")
    assert "授权失败" in answer.body.decode()


async def test_mini_program_login(bench: Bench) -> None:
    code = (await bench.ctl("login_code", {"person": "wang-xiulan"}))["code"]
    ask = f"{bench.url}/wx/sns/jscode2session?js_code={code}&grant_type=authorization_code"
    other = f"{ask}&appid={bench.keys.appid}&secret={bench.keys.secret}"
    assert "40013" in (await bench.http.fetch(other)).body.decode()
    ask += f"&appid={bench.keys.mini_appid}&secret={bench.keys.mini_secret}"
    answer = json.loads((await bench.http.fetch(ask)).body)
    assert (answer["openid"], answer["unionid"]) == (WANG.mini_openid, WANG.unionid)
    assert "40163" in (await bench.http.fetch(ask)).body.decode()


async def stable(bench: Bench, force: bool = False) -> dict[str, Any]:
    body = {
        "grant_type": "client_credential", "appid": bench.keys.appid, "secret": bench.keys.secret,
        "force_refresh": force,
    }  # fmt: skip
    call = bench.wechat._http.post
    return (
        await bench.sdk(call, "https://api.weixin.qq.com/cgi-bin/stable_token", json=body)
    ).json()


async def test_stable_token_stays_and_classic_tokens_rotate(bench: Bench) -> None:
    first = await stable(bench)
    assert (await stable(bench))["access_token"] == first["access_token"]
    assert 7190 < first["expires_in"] <= 7200
    one = (await bench.sdk(bench.wechat.fetch_access_token))["access_token"]
    two = (await bench.sdk(bench.wechat.fetch_access_token))["access_token"]
    assert one != two
    for token in (first["access_token"], one, two):
        bench.running.box.tokens.check(token)
    assert (await stable(bench, force=True))["errcode"] == 45011


async def test_wrong_secret(bench: Bench) -> None:
    bench.wechat.secret = "wrong"
    with pytest.raises(WeChatClientException) as refused:
        await bench.sdk(bench.wechat.fetch_access_token)
    assert refused.value.errcode == 40125


async def test_js_ticket_and_its_signature(bench: Bench) -> None:
    ticket = await bench.sdk(bench.wechat.jsapi.get_jsapi_ticket)
    ours = bench.wechat.jsapi.get_jsapi_signature("n", ticket, "1", "http://a.test/")
    body = {"noncestr": "n", "timestamp": "1", "url": "http://a.test/"}
    assert (await bench.ctl("js_signature", body))["signature"] == ours


async def test_a_message_is_kept_once_per_client_msg_id(bench: Bench) -> None:
    first = await send(bench, client_msg_id="msg1", url="http://hospital.test/a")
    again = await send(bench, client_msg_id="msg1", url="http://hospital.test/a")
    other = await send(bench, client_msg_id="msg2")
    assert first["msgid"] == again["msgid"] != other["msgid"]
    journal = await bench.ctl("journal")
    assert [row["client_msg_id"] for row in journal["messages"]] == ["msg1", "msg2"]
    assert journal["messages"][0]["data"] == DATA
    assert journal["calls"]["/wx/cgi-bin/message/template/send"] == 3


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"touser": "o-nobody"}, 40003),
        ({"touser": STRANGER.openid}, 43004),
        ({"template_id": "unknown"}, 40037),
        ({"data": DATA | {"thing1": {"value": "长" * 21}}}, 47003),
        ({"data": DATA | {"thing4": {"value": ""}}}, 47003),
        ({"data": DATA | {"time3": {"value": "明天上午"}}}, 47003),
        ({"data": DATA | {"thing1": {"value": "😀"}}}, 47003),
        ({"data": DATA | {"first": {"value": "您好"}}}, 47003),
        ({"data": {"thing1": {"value": "王*兰"}}}, 47003),
    ],
)
async def test_refused_messages_are_not_kept(bench: Bench, changed: dict, code: int) -> None:
    with pytest.raises(WeChatClientException) as refused:
        await send(bench, **changed)
    assert refused.value.errcode == code
    assert (await bench.ctl("journal"))["messages"] == []


async def test_final_state_arrives_as_an_encrypted_event(bench: Bench) -> None:
    assert await bench.ctl("server", {"url": bench.merchant.url}) == {"ok": True}
    sent = await send(bench)
    await bench.callbacks_done()
    (note,) = bench.merchant.inbox
    query = note["query"]
    crypto = WeChatCrypto(bench.keys.token, bench.keys.aes_key, bench.keys.appid)
    xml = crypto.decrypt_message(
        note["body"], query["msg_signature"], query["timestamp"], query["nonce"]
    )
    event = parse_message(xml)
    assert (event.event, event.id, event.status) == (
        "templatesendjobfinish", sent["msgid"], "success",
    )  # fmt: skip
    assert event.source == WANG.openid


async def test_an_event_is_tried_three_times(bench: Bench) -> None:
    await bench.ctl("server", {"url": bench.merchant.url})
    bench.merchant.answers.extend([500, 500, 500, 500])
    await bench.ctl("follow", {"person": "zhao-lei", "follows": True})
    await bench.callbacks_done()
    assert len(bench.merchant.inbox) == 3
    assert (await send(bench, touser=STRANGER.openid))["errcode"] == 0


async def test_a_server_that_does_not_echo_is_not_taken(bench: Bench) -> None:
    assert "error" in await bench.ctl("server", {"url": f"{bench.url}/_ctl/health"})
    assert await bench.ctl("server") == {"url": None}


async def test_menu_and_qr_code(bench: Bench) -> None:
    menu = {"button": [{"type": "view", "name": "预约挂号", "url": "http://hospital.test/"}]}
    await bench.sdk(bench.wechat.menu.create, menu)
    assert bench.running.box.followers.menu == menu["button"]
    scene = {
        "expire_seconds": 600, "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "doc1"}},
    }  # fmt: skip
    assert (await bench.sdk(bench.wechat.qrcode.create, scene))["expire_seconds"] == 600


async def test_quota_ends_in_45009_and_can_be_cleared(bench: Bench) -> None:
    store = bench.running.box.store
    await send(bench)
    store.do("UPDATE quotas SET used = 100000 WHERE name = 'template'")
    with pytest.raises(WeChatClientException) as limited:
        await send(bench)
    assert limited.value.errcode == 45009
    await bench.sdk(bench.wechat.post, "clear_quota", data={"appid": bench.keys.appid})
    assert (await send(bench))["errcode"] == 0
