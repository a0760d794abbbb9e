"""The demo world: whole, of the promised size, and the same after every start."""

import base64
import json

import pytest

from tests.helpers.identity import identity_house
from wx_backend.base.collection import META
from wx_backend.base.context import Actor
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.belonging import DEMO
from wx_backend.entrypoints.demo import load, world
from wx_backend.entrypoints.sandbox import people as wechat_users
from wx_backend.identity.patients import access, service

PLATFORMS = {
    "WX_SANDBOX_APPID": "wx0123456789abcdef",
    "WX_SANDBOX_SECRET": "app-secret",
    "WX_SANDBOX_TOKEN": "callback-token",
    "WX_SANDBOX_AES_KEY": "a" * 43,
    "WX_SANDBOX_MINI_APPID": "wxfedcba9876543210",
    "WX_SANDBOX_MINI_SECRET": "mini-secret",
    "WX_SANDBOX_MINI_TOKEN": "mini-token",
    "WX_SANDBOX_MINI_AES_KEY": "c" * 43,
    "WX_SANDBOX_MCHID": "1900000001",
    "WX_SANDBOX_MERCHANT_SERIAL": "SERIAL",
    "WX_SANDBOX_MERCHANT_KEY_B64": base64.b64encode(b"merchant key").decode(),
    "WX_SANDBOX_APIV3_KEY": "v3-key",
    "WX_SANDBOX_PUBLIC_KEY_ID": "PUB_KEY_ID_1",
    "WX_SANDBOX_PUBLIC_KEY_B64": base64.b64encode(b"public key").decode(),
    "WX_SANDBOX_TEMPLATES": json.dumps({"appointment_confirmed": "template-1"}),
    "WX_SANDBOX_ALIPAY_APP_ID": "2014072300007148",
    "WX_SANDBOX_ALIPAY_SELLER_ID": "2088102146225135",
    "WX_SANDBOX_ALIPAY_APP_KEY_B64": base64.b64encode(b"app key").decode(),
    "WX_SANDBOX_ALIPAY_PUBLIC_KEY_B64": base64.b64encode(b"alipay's key").decode(),
    "WX_SANDBOX_ALIPAY_AES_KEY": base64.b64encode(bytes(16)).decode(),
    "WX_SANDBOX_ALIPAY_TEMPLATES": json.dumps({"appointment_confirmed": "template-2"}),
    "WX_SANDBOX_WECOM_CORP_ID": "ww0123456789abcdef",
    "WX_SANDBOX_WECOM_AGENT_ID": "1000002",
    "WX_SANDBOX_WECOM_SECRET": "agent-secret",
    "WX_SANDBOX_WECOM_TOKEN": "agent-token",
    "WX_SANDBOX_WECOM_AES_KEY": "b" * 43,
    "WX_SANDBOX_SMS_APP_ID": "1400006666",
    "WX_SANDBOX_SMS_SECRET_ID": "AKID0123456789",
    "WX_SANDBOX_SMS_SECRET_KEY": "texts-key",
    "WX_SANDBOX_SMS_SIGNATURE": "云江一院",
    "WX_SANDBOX_SMS_TEMPLATES": json.dumps({"visit_changed": "1000001"}),
}


@pytest.fixture
async def house(mongo_uri):
    async with identity_house(mongo_uri) as house:
        await load.load(house, PLATFORMS)
        yield house


async def everything(house) -> dict[str, list]:
    names = await house.db.raw("meta").database.list_collection_names()
    return {
        name: await house.db.raw(name).find().sort("_id").to_list(None) for name in sorted(names)
    }


async def holder(house, key: str):
    """The context of a demo person's account."""
    ctx = house.ctx(world.HOSPITAL.id)
    openid = wechat_users.by_key(key).openid
    doc = await house.db.raw("accounts").find_one({"identities.openid": openid})
    return ctx.acting_as(Actor("account", doc["_id"]))


async def test_it_has_the_promised_size(house):
    ctx = house.ctx(world.HOSPITAL.id)
    assert await ctx.db(META).get(DEMO), "production does not start here"
    assert len(await departments.departments(ctx)) == 8
    assert len(await departments.doctors(ctx)) == 12
    assert len(await institutions.campuses(ctx)) == 2
    assert await house.db.raw("institutions").count_documents({}) == 2
    assert await house.db.raw("patients").count_documents({}) == 30
    dates = await house.db.raw("slots").distinct("visit_date")
    assert len(dates) == 15


async def test_every_date_has_something_to_book(house):
    days = await house.db.raw("slots").distinct("visit_date")
    for day in days:
        assert await house.db.raw("slots").count_documents({"visit_date": day}) > 30


async def test_slots_are_half_hours(house):
    async for slot in house.db.raw("slots").find():
        assert (slot["ends_at"] - slot["starts_at"]).total_seconds() == 1800


async def test_a_second_start_changes_nothing(house):
    before = await everything(house)
    await load.load(house, PLATFORMS)
    assert await everything(house) == before


async def test_who_was_removed_stays_removed(house):
    ctx = await holder(house, "li-jianguo")
    mother = (await service.mine(ctx))[2]
    await service.remove(ctx, mother.binding_id)
    await load.load(house, PLATFORMS)
    assert [one.name for one in await service.mine(ctx)] == ["李*国", "李*福"]


async def test_new_credentials_of_the_sandbox_are_taken_over(house):
    ctx = house.ctx(world.HOSPITAL.id)
    old = await institutions.channel_for(ctx, "wechat")
    await load.load(house, {**PLATFORMS, "WX_SANDBOX_SECRET": "another"})
    new = await institutions.channel_for(ctx, "wechat")
    assert (new.id, new.version) == (old.id, old.version + 1)


async def test_the_families_are_those_of_the_phones_people(house):
    ctx = await holder(house, "zhang-min")
    mother, child, _ = await service.mine(ctx)
    assert (mother.relation, mother.level) == ("SELF", "VERIFIED")
    assert (child.relation, child.guardian) == ("CHILD", "张*")
    assert (await access.may_read(ctx, mother.patient_id)).display == "张*"


async def test_the_snapshot_visitor_has_no_account(house):
    openid = wechat_users.by_key("kuaizhao").openid
    assert await house.db.raw("accounts").find_one({"identities.openid": openid}) is None


async def test_the_centre_may_refer_up_and_the_hospital_down(house):
    up = await institutions.relations(house.ctx(world.CENTRE.id))
    down = await institutions.relations(house.ctx(world.HOSPITAL.id))
    assert [(one.other, one.direction) for one in up] == [(world.HOSPITAL.id, "UP")]
    assert [(one.other, one.direction) for one in down] == [(world.CENTRE.id, "DOWN")]


async def test_the_centre_sees_nothing_of_the_hospital(house):
    centre = house.ctx(world.CENTRE.id)
    assert await departments.departments(centre) == []
    assert await departments.doctors(centre) == []
