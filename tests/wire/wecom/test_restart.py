"""What a sandbox knew of WeCom it still knows after a restart."""

import json
from pathlib import Path

import pytest

from wx_backend.entrypoints.sandbox.box import Box, build
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.keys import load_or_make
from wx_backend.entrypoints.sandbox.tokens import WechatError

ZHOU = "zhou-qiming"
CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "危急值"},
    "task_id": "t1",
    "button_list": [{"text": "收到", "key": "got"}],
}


async def reopened(home: Path, box: Box | None = None) -> Box:
    if box:
        await box.close()
    return build(Config(0, 0, "http://127.0.0.1:9", home))


async def test_cards_codes_and_tokens_outlive_the_process(tmp_path: Path):
    box = await reopened(tmp_path)
    token = box.corp.tokens.current()["value"]
    box.corp.agent.server = "http://127.0.0.1:9/cb"
    sent = box.corp.mailbox.keep("template_card", CARD, [ZHOU], "same")
    code = box.corp.tokens.new_staff_code(ZHOU)
    box = await reopened(tmp_path, box)
    assert box.corp.tokens.current()["value"] == token
    assert box.corp.agent.server == "http://127.0.0.1:9/cb"
    assert box.corp.mailbox.sent_before("same", 1800) == sent
    assert box.corp.mailbox.update(sent["response_code"], [ZHOU], {"closed": "已收到"}) == []
    assert [row["closed"] for row in box.corp.mailbox.deliveries(ZHOU)] == ["已收到"]
    box = await reopened(tmp_path, box)
    with pytest.raises(WechatError):
        box.corp.mailbox.update(sent["response_code"], [ZHOU], {"closed": "再来"})
    assert box.corp.tokens.userid_of(code) == ZHOU
    with pytest.raises(WechatError):
        box.corp.tokens.userid_of(code)
    await box.close()


def test_an_older_home_gets_the_credentials_it_lacks_and_keeps_its_own(tmp_path: Path):
    first = load_or_make(tmp_path)
    path = tmp_path / "keys.json"
    old = {name: value for name, value in json.loads(path.read_text()).items() if "ag" not in name}
    path.write_text(json.dumps(old))
    completed = load_or_make(tmp_path)
    assert completed.appid == first.appid and completed.corp_id == first.corp_id
    assert completed.agent_secret and completed.agent_secret != first.agent_secret
    assert load_or_make(tmp_path) == completed
