"""Who scans, writes or taps is answered at once, sealed; the menu and the codes of an account."""

import asyncio
import json

import msgspec
import pytest

from notify.entrances import service as entrances
from notify.entrances.model import MenuWrong
from notify.messages import handlers, store
from notify.messages import service as messages
from tests.helpers.front import served
from tests.helpers.told import INST, told
from wx_backend.base.errors import GatewayRefused, NotFound
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.entrypoints.sandbox import talk
from wx_backend.entrypoints.sandbox.people import by_key
from wx_backend.gateways.wechat.port import Button

UNIT = Department(
    id="dep01", inst=INST, campus_id="camp1", campus="滨江院区", name="心血管内科", group="内科",
    hint="高血压、胸闷", icon="heartbeat", location="门诊楼 3 层",
)  # fmt: skip
OTHER = Department(
    id="dep02", inst=INST, campus_id="camp1", campus="滨江院区", name="心理科", group="内科",
    hint="失眠", icon="brain", location="门诊楼 4 层",
)  # fmt: skip
DOCTOR = Doctor(
    id="doc01", inst=INST, department_id=UNIT.id, name="周启明", title="主任医师",
    specialty="冠心病",
)  # fmt: skip
WANG, ZHAO = by_key("wang-xiulan").openid, by_key("zhao-lei").openid


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with (
        told(mongo_uri, tmp_path, "http://127.0.0.1:9") as hospital,
        served(hospital.house, INST, handlers.routes) as web,
    ):
        await departments.register(hospital.ctx, [UNIT, OTHER], [DOCTOR])
        address = f"{web}/cb/wechat/{hospital.channel.id}"
        assert await hospital.ctl("server", url=address) == {"ok": True}
        yield hospital


async def settled(hospital) -> list[int]:
    """Until no call waits for an answer; the answers' statuses."""
    async with asyncio.timeout(10):
        while True:
            rows = hospital.running.box.store.many("SELECT state, answers FROM callbacks")
            if all(row["state"] != "due" for row in rows):
                return [one["status"] for row in rows for one in json.loads(row["answers"])]
            await asyncio.sleep(0.01)


async def answered(hospital, openid: str = WANG) -> list[tuple[str, dict]]:
    """What the account has said to this person, oldest first."""
    await settled(hospital)
    rows = talk.conversation(hospital.running.box.store, openid)
    return [(row["kind"], row["content"]) for row in rows if row["kind"] != "said"]


async def scanned(hospital, openid: str, kind: str, key: str) -> None:
    code = await entrances.code(hospital.ctx, hospital.channel, kind, key)
    assert hospital.running.box.followers.scan(openid, code.url)
    await settled(hospital)  # two calls at once may be answered in any order


async def test_who_scans_a_door_is_led_to_its_page(hospital):
    await scanned(hospital, WANG, "u", UNIT.id)
    await scanned(hospital, WANG, "d", DOCTOR.id)
    [(kind, unit), (_, doctor)] = await answered(hospital)
    assert (kind, unit["title"]) == ("news", "心血管内科 · 滨江院区")
    assert unit["url"] == f"http://127.0.0.1:9/h5/departments/{UNIT.id}"
    assert doctor["title"] == "周启明 主任医师"
    assert doctor["url"].endswith(f"/h5/doctors/{DOCTOR.id}")


async def test_scanning_makes_a_follower_who_is_led_there_too(hospital):
    await scanned(hospital, ZHAO, "d", DOCTOR.id)
    [(kind, card)] = await answered(hospital, ZHAO)
    assert (kind, card["title"]) == ("news", "周启明 主任医师")
    assert hospital.running.box.followers.follows(ZHAO)


async def test_a_code_is_made_once_and_only_for_who_is_there(hospital):
    codes = [await entrances.code(hospital.ctx, hospital.channel, "u", UNIT.id) for _ in range(2)]
    assert codes[0] == codes[1]
    assert hospital.running.box.calls["/wx/cgi-bin/qrcode/create"] == 1
    assert set(await entrances.codes(hospital.ctx, hospital.channel)) == {f"u_{UNIT.id}"}
    for kind, key in (("u", "dep09"), ("d", UNIT.id), ("x", UNIT.id)):
        with pytest.raises(NotFound):
            await entrances.code(hospital.ctx, hospital.channel, kind, key)


async def test_who_writes_is_answered_and_what_was_written_stays_sealed(hospital):
    followers = hospital.running.box.followers
    asked = ("周启明", "心", "怎么退号", "我胸痛", "吃什么药好")
    for text in asked:
        followers.say(WANG, text)
        await settled(hospital)
    doctor, several, page, urgent, everything = await answered(hospital)
    assert doctor[1]["title"] == "周启明 主任医师"
    assert "心血管内科" in several[1]["text"] and "心理科" in several[1]["text"]
    assert "/h5/appointments" in page[1]["text"]
    assert "120" in urgent[1]["text"] and "href" not in urgent[1]["text"]
    assert "/h5/departments" in everything[1]["text"]
    table = hospital.ctx.db(store.WECHAT_CALLBACKS).month(hospital.ctx.wire_now())
    kept = await table.find()
    assert len(kept) == len(asked)
    assert not any(text in str(doc) for text in asked for doc in kept)


async def test_the_menu_s_help_is_answered_and_its_pages_are_not(hospital):
    followers = hospital.running.box.followers
    followers.tap(WANG, {"type": "click", "key": "help"})
    followers.tap(WANG, {"type": "view", "url": "/h5/"})
    [(kind, said)] = await answered(hospital)
    assert (kind, "就诊人" in said["text"]) == ("text", True)


async def test_a_repetition_is_answered_again_and_kept_once(hospital):
    await hospital.ctl("faults", endpoint="event/*", kind="notify_dup", value=2)
    hospital.running.box.followers.say(WANG, "挂号")
    assert await settled(hospital) == [200, 200, 200]
    assert len(await answered(hospital)) == 1
    table = hospital.ctx.db(store.WECHAT_CALLBACKS).month(hospital.ctx.wire_now())
    assert len(await table.find()) == 1


async def test_an_answer_that_cannot_be_made_is_silence(hospital, monkeypatch):
    async def broken(ctx, query):
        raise RuntimeError("no directory")

    monkeypatch.setattr(departments, "search", broken)
    hospital.running.box.followers.say(WANG, "挂号")
    assert await settled(hospital) == [200]
    assert await answered(hospital) == []


async def test_a_menu_is_compared_changed_and_published(hospital):
    ctx, channel = hospital.ctx, hospital.channel
    before = await entrances.compare(ctx, channel)
    assert before.theirs == () and before.lines
    await entrances.publish(ctx, channel)
    assert (await entrances.compare(ctx, channel)).lines == []
    top = hospital.running.box.followers.menu
    assert [one["name"] for one in top] == ["预约挂号", "我的预约", "我的"]
    assert top[0]["url"] == "http://127.0.0.1:9/h5/departments"
    await entrances.keep_menu(ctx, channel, (Button(name="挂号", type="view", url="/h5/"),))
    assert (await entrances.compare(ctx, channel)).lines[-1].startswith("- ")
    with pytest.raises(MenuWrong):
        await entrances.keep_menu(ctx, channel, ())
    await hospital.fault("refused", "*/menu/create", value=48001)
    with pytest.raises(GatewayRefused) as refused:
        await entrances.publish(ctx, channel)
    assert refused.value.data["platform_code"] == "48001"


async def test_a_mini_program_has_no_menu_and_answers_nothing(hospital):
    mini = await hospital.mini_program()
    with pytest.raises(NoChannel):
        await entrances.compare(hospital.ctx, mini)
    web = hospital.running.box.followers.server.rsplit("/", 1)[0]
    await hospital.ctl("server", url=f"{web}/{mini.id}", mini=True)
    who = by_key("wang-xiulan").mini_openid
    hospital.running.box.mini.push(who, "text", MsgType="text", Content="挂号", MsgId=1)
    assert await settled(hospital) == [200]
    assert await answered(hospital, who) == []


async def test_templates_that_do_not_agree_are_named(hospital):
    ctx, channel = hospital.ctx, hospital.channel
    assert await messages.template_faults(ctx, channel) == []
    assert await messages.template_faults(ctx, await hospital.mini_program()) == []
    ids = channel.templates
    wrong = {**ids, "refund_succeeded": "gone", "appointment_cancelled": ids["access_changed"]}
    del wrong["visit_reminder"]
    found = await messages.template_faults(ctx, msgspec.structs.replace(channel, templates=wrong))
    assert found == [
        "缺少模板：visit_reminder",
        "appointment_cancelled：“查看权限变更提醒”模板没有我们填写的字段：thing4、time3",
        "appointment_cancelled：“查看权限变更提醒”模板要求而我们没有填写的字段：thing3",
        "refund_succeeded：账号里没有模板 gone",
    ]
