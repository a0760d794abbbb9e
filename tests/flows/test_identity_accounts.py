"""One person, one account: over channels, at once, and after a merge."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.helpers.identity import INST, add_self, form, id_no, signed_in
from wx_backend.base import events as event_tools
from wx_backend.base.audit import RECORDS
from wx_backend.base.context import Actor
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.alipay.port import AlipayIdentity
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service, sessions, store
from wx_backend.identity.accounts.events import MERGED
from wx_backend.identity.accounts.model import SnapshotVisitor, from_alipay
from wx_backend.identity.patients import reactions
from wx_backend.identity.patients import service as patients
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.revocations import store as revoked

OFFICE = Channel(id="chn1", inst=INST, platform="wechat", version=1, appid="wx1")
MINI = Channel(id="chn2", inst=INST, platform="wechat_mini", version=1, appid="wx2")
ALIPAY = Channel(id="chn3", inst=INST, platform="alipay", version=1, appid="2021000000000001")


@pytest.fixture
def ctx(house):
    return house.ctx(INST)


def who(openid: str, unionid: str | None = None) -> OpenIdentity:
    return OpenIdentity(openid=openid, unionid=unionid)


def other_process(house):
    """A process that shares nothing with ``house`` but the database."""
    return replace(house, views={})


async def accounts(house) -> list[dict]:
    return await house.db.raw("accounts").find().sort("created_at").to_list(None)


async def test_known_again_by_openid(house, ctx):
    first = await service.sign_in(ctx, OFFICE, who("o1"))
    assert (await service.sign_in(ctx, OFFICE, who("o1"))).id == first.id
    assert len(await accounts(house)) == 1


async def test_the_same_openid_of_another_app_is_somebody_else(house, ctx):
    one = await service.sign_in(ctx, OFFICE, who("o1"))
    other = await service.sign_in(ctx, MINI, who("o1"))
    assert one.id != other.id


async def test_a_unionid_makes_channels_one_person(house, ctx):
    one = await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    same = await service.sign_in(ctx, MINI, who("o2", "u1"))
    assert same.id == one.id
    assert await service.openid(ctx, one.id, "wx1") == "o1"
    assert await service.openid(ctx, one.id, "wx2") == "o2"
    assert await service.openid(ctx, one.id, "wx3") is None


async def test_a_unionid_learnt_later_is_kept(house, ctx):
    one = await service.sign_in(ctx, OFFICE, who("o1"))
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    assert (await service.sign_in(ctx, MINI, who("o2", "u1"))).id == one.id


async def test_who_alipay_moves_from_user_id_to_open_id_stays_the_same(house, ctx):
    def called(**ids: str) -> OpenIdentity:
        return from_alipay(AlipayIdentity(**ids))

    older, newer = "2088102177846880", "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"
    one = await service.sign_in(ctx, ALIPAY, called(user_id=older))
    assert await service.openid(ctx, one.id, ALIPAY.appid) == older
    both = await service.sign_in(ctx, ALIPAY, called(user_id=older, open_id=newer))
    alone = await service.sign_in(ctx, ALIPAY, called(open_id=newer))
    assert {both.id, alone.id} == {one.id}
    assert await service.openid(ctx, one.id, ALIPAY.appid) == newer
    assert (await service.sign_in(ctx, ALIPAY, called(user_id=older))).id == one.id


async def test_twenty_sign_ins_at_once_are_one_account(house, ctx):
    signed = await asyncio.gather(
        *(service.sign_in(ctx, OFFICE, who("o1", "u1")) for _ in range(10)),
        *(service.sign_in(ctx, MINI, who("o2", "u1")) for _ in range(10)),
    )
    assert len({account.id for account in signed}) == 1
    (stored,) = await accounts(house)
    assert sorted(one["openid"] for one in stored["identities"]) == ["o1", "o2"]


async def test_a_snapshot_visitor_leaves_nothing(house, ctx):
    with pytest.raises(SnapshotVisitor):
        await service.sign_in(ctx, OFFICE, OpenIdentity(openid="o1", snapshot=True))
    assert await accounts(house) == []


async def test_signing_in_is_audited_without_the_openid(house, ctx):
    account = await service.sign_in(ctx, OFFICE, who("o-secret"))
    (record,) = await ctx.db(RECORDS).month(ctx.wire_now()).find()
    assert (record["action"], record["subject"]) == ("account:session:issued", account.id)
    assert "o-secret" not in str(record)


async def two_that_are_one(ctx):
    """The elder and the younger account of a person whom nobody knows to be one yet."""
    elder = await service.sign_in(ctx, OFFICE, who("o1"))
    ctx.house.business.offset += timedelta(minutes=1)
    younger = await service.sign_in(ctx, MINI, who("o2", "u1"))
    return elder, younger


async def merge(ctx) -> tuple:
    """What the relay will hear when WeChat says that they are one."""
    elder, younger = await two_that_are_one(ctx)
    merged = await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    return elder, younger, merged


async def test_two_accounts_become_the_elder(house, ctx):
    elder, younger, merged = await merge(ctx)
    assert merged.id == elder.id
    assert (await service.sign_in(ctx, MINI, who("o2", "u1"))).id == elder.id
    assert await service.openid(ctx, elder.id, "wx2") == "o2"
    assert await service.openid(ctx, younger.id, "wx1") == "o1", "old documents still reach them"


async def test_sessions_of_the_retired_account_end(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    old = sessions.issue(younger.id, "chn2", INST, younger.epoch)
    kept = sessions.issue(elder.id, "chn1", INST, elder.epoch)
    assert sessions.recognise(house, old)
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    assert sessions.recognise(house, old) is None
    assert sessions.recognise(house, kept)


async def tell(house, ctx, times: int = 1) -> None:
    """Delivers the stored ``account.merged`` event to the bindings."""
    (doc,) = await ctx.db(store.ACCOUNTS).outboxes(10)
    event = event_tools.load(doc["outbox"][0], {MERGED.name: MERGED})
    for _ in range(times):
        await reactions.adopt(ctx, event)


def acting(house, account):
    return house.ctx(INST, Actor("account", account.id), channel="chn1")


async def test_a_merge_brings_the_people_together(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    own = await add_self(acting(house, elder))
    mother = form(id_no("1955-03-04", 2), "王秀兰", "PARENT")
    moved = await patients.add(acting(house, younger), mother)
    await patients.verify(ctx, moved.binding_id, "DESK")
    await add_self(acting(house, younger), "李建国")
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    await tell(house, ctx, times=2)
    people = await patients.mine(acting(house, elder))
    assert [(one.name, one.relation, one.level) for one in people] == [
        ("李*国", "SELF", "BOOKING"),
        ("王*兰", "PARENT", "VERIFIED"),
    ]
    assert people[0].binding_id == own.binding_id
    assert await patients.mine(acting(house, younger)) == []


async def test_a_second_self_stays_as_another_person(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    await add_self(acting(house, elder))
    await add_self(acting(house, younger), "周文静", 4)
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    await tell(house, ctx)
    people = await patients.mine(acting(house, elder))
    assert [(one.name, one.relation) for one in people] == [("李*国", "SELF"), ("周*静", "OTHER")]


async def test_nobody_is_lost_beyond_the_limit(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    for n, account in enumerate((elder, younger)):
        for k in range(3):
            number = id_no("1960-01-01", 10 * n + k)
            await patients.add(acting(house, account), form(number))
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    await tell(house, ctx)
    assert len(await patients.mine(acting(house, elder))) == 6


async def test_revocations_reach_other_processes_and_a_restart(house, ctx):
    account = await service.sign_in(ctx, OFFICE, who("o1"))
    claims = sessions.issue(account.id, "chn1", INST, account.epoch)
    other = other_process(house)
    await revocations.follow(other)
    await service.sign_out_everywhere(ctx, account.id)
    assert sessions.recognise(house, claims) is None
    assert sessions.recognise(other, claims), "not told yet"
    await revocations.follow(other)
    assert sessions.recognise(other, claims) is None
    restarted = other_process(house)
    await revocations.follow(restarted)
    assert sessions.recognise(restarted, claims) is None
    fresh = sessions.issue(account.id, "chn1", INST, account.epoch + 1)
    assert sessions.recognise(restarted, fresh)


async def test_revocations_are_swept_when_their_sessions_have_run_out(house, ctx):
    await revoked.revoke(ctx, "ses1", 2, ctx.wire_now() - timedelta(seconds=1))
    await revoked.revoke(ctx, "ses2", 2, ctx.wire_now() + timedelta(days=1))
    (sweep,) = revocations.sweeps
    assert await sweep.run(ctx) == 1
    assert [doc["_id"] for doc in await ctx.db(revoked.REVOCATIONS).find()] == ["ses2"]


async def test_signing_in_again_costs_one_read_and_one_audit_record(house, ctx):
    await service.sign_in(ctx, OFFICE, who("o1"))
    house.db.calls.clear()
    await service.sign_in(ctx, OFFICE, who("o1"))
    month = f"{ctx.wire_now():%Y%m}"
    assert dict(house.db.calls) == {"accounts.find": 1, f"audit_{month}.insert": 1}


async def test_another_persons_session_shows_nothing(house, ctx):
    mine = await service.sign_in(ctx, OFFICE, who("o1"))
    await add_self(acting(house, mine))
    assert await patients.mine(signed_in(house)) == []
