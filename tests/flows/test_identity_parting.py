"""Two people whose accounts were made one are told apart: each has their own again."""

from datetime import timedelta

import pytest

from tests.flows.test_identity_accounts import (
    MINI,
    OFFICE,
    accounts,
    acting,
    tell,
    two_that_are_one,
    who,
)
from tests.helpers.identity import INST, add_self, form, id_no
from wx_backend.base import events as event_tools
from wx_backend.base.audit import records
from wx_backend.base.context import Actor
from wx_backend.base.errors import NotFound
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.identity.accounts import service, sessions, store
from wx_backend.identity.accounts.events import PARTED
from wx_backend.identity.accounts.model import NotRecorded
from wx_backend.identity.patients import reactions
from wx_backend.identity.patients import service as patients

WHY = "双方持证到窗口，互不相识"


@pytest.fixture
def ctx(house):
    return house.ctx(INST, Actor("staff", "stf1"))


async def joined(house, ctx) -> tuple:
    """The elder has himself; the younger herself, verified, and her mother. Then they are one."""
    elder, younger = await two_that_are_one(ctx)
    await add_self(acting(house, elder))
    own = await add_self(acting(house, younger), "周文静", 4)
    await patients.verify(ctx, own.binding_id, "DESK")
    mother = form(id_no("1955-03-04", 2), "王秀兰", "PARENT")
    await patients.add(acting(house, younger), mother)
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    await tell(house, ctx)
    await ctx.db(store.ACCOUNTS).change_many({}, {"$set": {"outbox": []}})
    return elder, younger


async def told_apart(ctx, times: int = 1) -> None:
    [doc] = await ctx.db(store.ACCOUNTS).outboxes(10)
    event = event_tools.load(doc["outbox"][0], {PARTED.name: PARTED})
    for _ in range(times):
        await reactions.restore(ctx, event)


def seen(people) -> list[tuple[str, str, str]]:
    return [(one.name, one.relation, one.level) for one in people]


async def test_everybody_has_their_own_again(house, ctx):
    elder, younger = await joined(house, ctx)
    [found] = await service.merges(ctx, elder.id)
    assert (found.account, found.people) == (younger.id, ("周*静", "王*兰"))
    both = sessions.issue(elder.id, "chn1", INST, elder.epoch)
    assert await service.part(ctx, younger.id, WHY) == elder.id
    await told_apart(ctx, times=2)
    assert seen(await patients.mine(acting(house, elder))) == [("李*国", "SELF", "BOOKING")]
    assert seen(await patients.mine(acting(house, younger))) == [
        ("周*静", "SELF", "VERIFIED"),
        ("王*兰", "PARENT", "BOOKING"),
    ]
    assert sessions.recognise(house, both) is None
    assert await service.openid(ctx, elder.id, "wx2") is None
    assert await service.openid(ctx, younger.id, "wx2") == "o2"
    [record] = await records(ctx, ctx.wire_now(), action="staff:account:parted")
    assert record["data"] == {"of": elder.id, "reason": WHY}
    with pytest.raises(NotFound):
        await service.part(ctx, younger.id, WHY)


async def test_they_are_not_joined_again_by_what_joined_them(house, ctx):
    elder, younger = await joined(house, ctx)
    await service.part(ctx, younger.id, WHY)
    await told_apart(ctx)
    assert (await service.sign_in(ctx, OFFICE, who("o1", "u1"))).id == elder.id
    assert (await service.sign_in(ctx, MINI, who("o2", "u1"))).id == younger.id
    number = VerifiedPhone("13900139000")
    for account in (elder, younger):
        await service.claim_phone(ctx, account.id, number)
    assert [doc["state"] for doc in await accounts(house)] == ["ACTIVE", "ACTIVE"]


async def test_what_was_changed_since_stays_changed(house, ctx):
    """Removed meanwhile: stays removed. Added meanwhile: stays where it was added."""
    elder, younger = await joined(house, ctx)
    mother = next(one for one in await patients.mine(acting(house, elder)) if "兰" in one.name)
    await patients.remove(acting(house, elder), mother.binding_id)
    child = form(id_no("1990-02-03", 6), "李小明", "CHILD")
    await patients.add(acting(house, elder), child)
    await service.part(ctx, younger.id, WHY)
    await told_apart(ctx)
    assert [one.name for one in await patients.mine(acting(house, younger))] == ["周*静"]
    names = [one.name for one in await patients.mine(acting(house, elder))]
    assert names == ["李*国", "李*明"]


async def mother_of(house, account, proved: bool):
    """The account acts for the same mother, verified or not."""
    mother = form(id_no("1955-03-04", 2), "王秀兰", "PARENT")
    added = await patients.add(acting(house, account), mother)
    if proved:
        await patients.verify(house.ctx(INST, Actor("staff", "stf1")), added.binding_id, "DESK")
    return added


async def become_one(house, ctx, times: int = 1) -> None:
    await service.sign_in(ctx, OFFICE, who("o1", "u1"))
    await tell(house, ctx, times=times)


@pytest.mark.parametrize("proved", [True, False])
async def test_whom_the_elder_had_removed_comes_back_with_the_youngers_proof(house, ctx, proved):
    elder, younger = await two_that_are_one(ctx)
    removed = await mother_of(house, elder, proved=not proved)
    await patients.remove(acting(house, elder), removed.binding_id)
    await mother_of(house, younger, proved)
    await become_one(house, ctx, times=2)
    [mother] = await patients.mine(acting(house, elder))
    assert (mother.name, mother.level) == ("王*兰", "VERIFIED" if proved else "BOOKING")
    await patients.remove(acting(house, elder), mother.binding_id)
    await tell(house, ctx)
    assert await patients.mine(acting(house, elder)) == [], "told again, removed all the same"


async def test_whom_the_elder_had_removed_goes_back_with_the_younger(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    removed = await mother_of(house, elder, proved=False)
    await patients.remove(acting(house, elder), removed.binding_id)
    await mother_of(house, younger, proved=True)
    await become_one(house, ctx)
    await ctx.db(store.ACCOUNTS).change_many({}, {"$set": {"outbox": []}})
    await service.part(ctx, younger.id, WHY)
    await told_apart(ctx, times=2)
    assert await patients.mine(acting(house, elder)) == []
    assert seen(await patients.mine(acting(house, younger))) == [("王*兰", "PARENT", "VERIFIED")]


async def test_a_proof_counts_for_both_while_they_are_one(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    await mother_of(house, elder, proved=False)
    await mother_of(house, younger, proved=True)
    await become_one(house, ctx, times=2)
    assert seen(await patients.mine(acting(house, elder))) == [("王*兰", "PARENT", "VERIFIED")]
    await ctx.db(store.ACCOUNTS).change_many({}, {"$set": {"outbox": []}})
    await service.part(ctx, younger.id, WHY)
    await told_apart(ctx, times=2)
    assert seen(await patients.mine(acting(house, elder))) == [("王*兰", "PARENT", "BOOKING")]
    assert seen(await patients.mine(acting(house, younger))) == [("王*兰", "PARENT", "VERIFIED")]


async def test_a_payer_does_not_read_by_a_merge(house, ctx):
    elder, younger = await two_that_are_one(ctx)
    mother = form(id_no("1955-03-04", 2), "王秀兰", "PARENT", payer=True)
    await patients.add(acting(house, elder), mother)
    await mother_of(house, younger, proved=True)
    await become_one(house, ctx)
    [seen_by_elder] = await patients.mine(acting(house, elder))
    assert (seen_by_elder.level, seen_by_elder.reads) == ("BOOKING", False)


async def test_people_come_back_over_two_merges(house, ctx):
    """The elder of two joined accounts was joined to a third: the first one parts from that."""
    elder, younger = await joined(house, ctx)
    eldest = await service.sign_in(ctx, OFFICE, who("o3", "u3"))
    await house.db.raw("accounts").update_one(
        {"_id": eldest.id}, {"$set": {"created_at": elder.created_at - timedelta(days=1)}}
    )
    await service.sign_in(ctx, MINI, who("o1", "u3"))
    await service.sign_in(ctx, OFFICE, who("o1", "u3"))
    await tell(house, ctx)
    await ctx.db(store.ACCOUNTS).change_many({}, {"$set": {"outbox": []}})
    assert await service.part(ctx, younger.id, WHY) == eldest.id
    await told_apart(ctx)
    assert [one.name for one in await patients.mine(acting(house, younger))] == ["周*静", "王*兰"]
    assert [one.name for one in await patients.mine(acting(house, eldest))] == ["李*国"]


async def test_what_was_not_written_down_is_not_guessed(house, ctx):
    _, younger = await joined(house, ctx)
    await house.db.raw("accounts").update_one({"_id": younger.id}, {"$unset": {"given_up": ""}})
    before = await accounts(house)
    with pytest.raises(NotRecorded):
        await service.part(ctx, younger.id, WHY)
    assert await accounts(house) == before


async def test_another_institution_takes_nothing_apart(house, ctx):
    _, younger = await joined(house, ctx)
    before = await accounts(house)
    with pytest.raises(NotFound):
        await service.part(ctx.within("ins2"), younger.id, WHY)
    assert await accounts(house) == before
