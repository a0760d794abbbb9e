"""Checked numbers: one person over channels, and a number that went to somebody else."""

import asyncio

import pytest

from tests.flows.test_identity_accounts import ALIPAY, MINI, OFFICE, accounts, acting, tell, who
from tests.helpers.identity import INST, add_self, form, id_no, stored
from wx_backend.base.audit import RECORDS
from wx_backend.base.errors import NotFound
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.identity.accounts import service, sessions
from wx_backend.identity.accounts.store import PHONES
from wx_backend.identity.patients import service as patients

NUMBER = VerifiedPhone("13900139000")


@pytest.fixture
def ctx(house):
    return house.ctx(INST)


async def two(ctx, came_by=MINI):
    """The one that had the number first, and the one that proves it now."""
    holder = await service.sign_in(ctx, OFFICE, who("o1"))
    claimer = await service.sign_in(ctx, came_by, who("o2"))
    await service.claim_phone(ctx, holder.id, NUMBER)
    return holder, claimer


async def verified_self(house, ctx, account):
    person = await add_self(acting(house, account))
    await patients.verify(ctx, person.binding_id, "DESK")
    return person


def holders(docs) -> list[str]:
    """Accounts with a checked number."""
    return [doc["_id"] for doc in docs if any(key.startswith("phone:") for key in doc["keys"])]


async def test_a_number_is_kept_sealed_under_its_blind_key(house, ctx):
    holder, claimer = await two(ctx)
    assert holders(await accounts(house)) == [holder.id]
    audit = await ctx.db(RECORDS).month(ctx.wire_now()).find()
    everything = [await accounts(house), audit, await ctx.db(PHONES).find()]
    assert NUMBER.number not in str(everything)
    assert await service.phone(ctx, holder.id) == NUMBER
    assert await service.phone(ctx, claimer.id) is None


async def test_the_number_itself_goes_where_its_key_goes(house, ctx):
    holder, claimer = await two(ctx)
    await service.claim_phone(ctx, claimer.id, NUMBER)
    assert await service.phone(ctx, holder.id) is None
    assert await service.phone(ctx, claimer.id) == NUMBER
    other = VerifiedPhone("13700137000")
    await service.claim_phone(ctx, claimer.id, other)
    assert await service.phone(ctx, claimer.id) == other
    assert len(await ctx.db(PHONES).find()) == 1, "what is nobody's is forgotten"


async def test_a_number_of_another_country_is_another_number(house, ctx):
    holder, claimer = await two(ctx)
    await service.claim_phone(ctx, claimer.id, VerifiedPhone(NUMBER.number, "852"))
    assert sorted(holders(await accounts(house))) == sorted([holder.id, claimer.id])


@pytest.mark.parametrize("came_by", [MINI, ALIPAY], ids=["mini", "alipay"])
async def test_verified_at_both_is_one_person(house, ctx, came_by):
    holder, claimer = await two(ctx, came_by)
    for account in (holder, claimer):
        await verified_self(house, ctx, account)
    old = sessions.issue(claimer.id, "chn2", INST, claimer.epoch)
    joined = await service.claim_phone(ctx, claimer.id, NUMBER)
    assert joined.id == holder.id
    assert sessions.recognise(house, old) is None
    assert (await service.sign_in(ctx, came_by, who("o2"))).id == holder.id
    await tell(house, ctx)
    (own,) = await patients.mine(acting(house, holder))
    assert (own.relation, own.level) == ("SELF", "VERIFIED")


@pytest.mark.parametrize("verified", [(), (0,), (1,)])
async def test_the_same_name_and_number_alone_join_nobody(house, ctx, verified):
    """Whoever knows a name and an identity number may add them as 本人."""
    pair = await two(ctx)
    for n, account in enumerate(pair):
        person = await add_self(acting(house, account))
        if n in verified:
            await patients.verify(ctx, person.binding_id, "DESK")
    before = await stored(house)
    kept = await service.claim_phone(ctx, pair[1].id, NUMBER)
    assert kept.id == pair[1].id
    assert {doc["state"] for doc in await accounts(house)} == {"ACTIVE"}
    assert holders(await accounts(house)) == [pair[1].id]
    assert await stored(house) == before


@pytest.mark.parametrize("came_by", [MINI, ALIPAY], ids=["mini", "alipay"])
async def test_a_recycled_number_shows_nothing_of_who_had_it(house, ctx, came_by):
    holder, claimer = await two(ctx, came_by)
    mine = await verified_self(house, ctx, holder)
    other = form(id_no("1990-02-03", 4), "周文静", "SELF")
    theirs = await patients.add(acting(house, claimer), other)
    await patients.verify(ctx, theirs.binding_id, "DESK")
    session = sessions.issue(holder.id, "chn1", INST, holder.epoch)
    await service.claim_phone(ctx, claimer.id, NUMBER)
    for account, person in ((holder, mine), (claimer, theirs)):
        (only,) = await patients.mine(acting(house, account))
        assert only.binding_id == person.binding_id
    assert sessions.recognise(house, session), "who lost the number stays signed in"


async def test_a_new_number_takes_the_place_of_the_old(house, ctx):
    holder, claimer = await two(ctx)
    await service.claim_phone(ctx, holder.id, VerifiedPhone("13700137000"))
    before = await accounts(house)
    await service.claim_phone(ctx, claimer.id, NUMBER)
    after = await accounts(house)
    assert after[0] == before[0]
    assert holders(after) == [holder.id, claimer.id]


async def test_claiming_again_changes_nothing(house, ctx):
    holder, _ = await two(ctx)
    before = await accounts(house)
    await service.claim_phone(ctx, holder.id, NUMBER)
    assert await accounts(house) == before


async def test_ten_at_once_leave_one_holder(house, ctx):
    people = [await service.sign_in(ctx, OFFICE, who(f"o{n}")) for n in range(4)]
    told = [service.claim_phone(ctx, one.id, NUMBER) for one in people]
    ended = await asyncio.gather(*told, return_exceptions=True)
    assert any(not isinstance(one, Exception) for one in ended)
    assert len(holders(await accounts(house))) == 1


async def test_a_merged_account_claims_nothing(house, ctx):
    holder, claimer = await two(ctx)
    for account in (holder, claimer):
        await verified_self(house, ctx, account)
    await service.claim_phone(ctx, claimer.id, NUMBER)
    before = await accounts(house)
    with pytest.raises(NotFound):
        await service.claim_phone(ctx, claimer.id, NUMBER)
    assert await accounts(house) == before
