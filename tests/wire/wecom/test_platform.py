"""The platform through the unmodified wechatpy.enterprise: directory, tokens, other kinds."""

import asyncio
from typing import Any

import pytest
from requests import Response
from requests.adapters import HTTPAdapter
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.wire.wecom.conftest import World

_API = "https://qyapi.weixin.qq.com"
ZHOU, NURSE = "zhou-qiming", "zhao-ting"


class Rewrite(HTTPAdapter):
    def __init__(self, to: str) -> None:
        self.to = to
        super().__init__()

    def send(self, request: Any, *args: Any, **more: Any) -> Response:
        request.url = request.url.replace(_API, f"{self.to}/qy", 1)
        return super().send(request, *args, **more)


@pytest.fixture
def sdk(world: World) -> WeChatClient:
    client = WeChatClient(
        world.keys["WECOM_CORP_ID"], world.keys["WECOM_SECRET"], timeout=8, auto_retry=False
    )
    client._http.mount(f"{_API}/", Rewrite(world.url))
    return client


async def test_the_token_stays_the_same_while_it_is_valid(sdk: WeChatClient):
    tokens = [await asyncio.to_thread(sdk.fetch_access_token) for _ in range(2)]
    assert tokens[0]["access_token"] == tokens[1]["access_token"]
    assert 7190 < tokens[0]["expires_in"] <= 7200


@pytest.mark.parametrize(
    ("changes", "code"), [({"secret": "x"}, 40001), ({"corp_id": "wwother"}, 40013)]
)
async def test_wrong_credentials(sdk: WeChatClient, changes, code):
    vars(sdk).update(changes)
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(sdk.fetch_access_token)
    assert refused.value.errcode == code


async def test_a_token_of_the_service_account_opens_nothing_here(world: World, sdk: WeChatClient):
    await asyncio.to_thread(sdk.fetch_access_token)
    path = f"{world.url}/qy/cgi-bin/getcallbackip"
    answers = [
        (await world.http.get(path, params={"access_token": token})).json()["errcode"]
        for token in ("", "made-up", sdk.access_token)
    ]
    assert answers == [41001, 40014, 0]
    wrong_api = await world.http.post(
        f"{world.url}/wx/cgi-bin/message/template/send",
        params={"access_token": sdk.access_token},
        json={},
    )
    assert wrong_api.json()["errcode"] == 40001


async def test_the_directory_names_ids_and_departments_only(sdk: WeChatClient):
    person = await asyncio.to_thread(sdk.user.get, "Zhou-Qiming")
    assert (person["userid"], person["name"], person["department"]) == (ZHOU, "周启明", [2])
    assert not {"mobile", "email", "avatar", "gender", "position"} & person.keys()
    listed = await asyncio.to_thread(sdk.post, "user/list_id", data={"limit": 100})
    assert {"userid": NURSE, "department": 3} in listed["dept_user"]
    tree = await asyncio.to_thread(sdk.get, "department/simplelist")
    assert {"id": 3, "parentid": 2, "order": 3} in tree["department_id"]
    assert (await asyncio.to_thread(sdk.misc.get_wechat_ips)) == ["127.0.0.1"]
    with pytest.raises(WeChatClientException) as gone:
        await asyncio.to_thread(sdk.user.get, "wu-gang")
    assert gone.value.errcode == 60111


async def test_the_other_kinds_and_receivers(world: World, sdk: WeChatClient):
    agent, send = int(world.keys["WECOM_AGENT_ID"]), sdk.message.send
    long = {"msgtype": "text", "text": {"content": "字" * 1000}}
    await asyncio.to_thread(send, agent, ZHOU, msg=long)
    link = {"title": "交班", "description": "今日危急值 3 例", "url": "http://127.0.0.1/x"}
    link = {"msgtype": "textcard", "textcard": link}
    await asyncio.to_thread(send, agent, "", party_ids="2", msg=link)
    first, second = await world.shown(ZHOU)
    assert len(first["content"]["content"].encode()) == 2046
    assert second["content"]["title"] == "交班"
    assert len(await world.shown(NURSE)) == 1
    await asyncio.to_thread(send, agent, "@all", msg=long)
    assert len(await world.shown("ma-guohua")) == 1
    for wrong, code in [({"msgtype": "voice"}, 40008), ({"msgtype": "text", "text": {}}, 44004)]:
        with pytest.raises(WeChatClientException) as refused:
            await asyncio.to_thread(send, agent, ZHOU, msg=wrong)
        assert refused.value.errcode == code
    with pytest.raises(WeChatClientException) as nobody:
        await asyncio.to_thread(send, agent, "", msg=long)
    assert nobody.value.errcode == 82001


async def test_a_recalled_message_is_gone_from_every_phone(world: World, sdk: WeChatClient):
    sent = await world.wecom.send_text([ZHOU, NURSE], "发错了")
    await asyncio.to_thread(sdk.post, "message/recall", data={"msgid": sent.msgid})
    assert await world.shown(ZHOU) == await world.shown(NURSE) == []
    with pytest.raises(WeChatClientException):
        await asyncio.to_thread(sdk.post, "message/recall", data={"msgid": "unknown"})


async def test_nobody_reads_a_page_of_consent_for_another_corp(world: World):
    other = world.gateways.wecom("other", 1, world.config(corp_id="wwother"))
    page = await world.http.get(other.authorize_url("http://127.0.0.1/back", "s1"))
    assert "授权失败" in page.text
