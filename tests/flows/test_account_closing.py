"""注销账号: what stands in the way, days to think, then nobody is known by the account any more."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import Hold
from notify.messages import service as messages
from notify.messages.model import Preferences
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import Page, Visitor
from wx_backend.base import audit, ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.rights import closing
from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.web.patient import paths
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.favourites import service as favourites
from wx_backend.identity.patients import service as patients

PERSON = "chen-xiaodong"
ERASED = {"account", "message", "session", "signal"}
"""Classes of retention in which nothing is left of somebody who has gone."""


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def visitor(hospital: Hospital) -> AsyncIterator[Visitor]:
    async with await hospital.client(PERSON) as patient:
        yield patient


async def ask(visitor: Visitor, **typed: str) -> Page:
    page = await visitor.get(paths.CLOSE)
    return await visitor.submit(page.form(paths.CLOSE), **typed)


async def later(hospital: Hospital, **delta: float) -> None:
    await hospital.move_clock(timedelta(**delta))
    await hospital.crank()
    await hospital.catch_up()


async def stored(hospital: Hospital, account: str) -> dict:
    return await hospital.house.db.raw("accounts").find_one({"_id": account})


async def let_go(hospital: Hospital, account: str) -> dict:
    """The last minutes of an account that nobody is signed in to any more."""
    for _ in range(3):
        await later(hospital, minutes=1)
    closed = await stored(hospital, account)
    assert closed["state"] == "CLOSED"
    return closed


async def left_of(hospital: Hospital, *values: str) -> list[str]:
    """Collections of these classes in which a value is still somewhere."""
    names = await hospital.house.db.raw("meta").database.list_collection_names()
    kinds = [one for one in wiring.collections() if one.retention in ERASED]
    found = []
    for name in names:
        if any(name == one.name or name.startswith(f"{one.name}_2") for one in kinds):
            docs = str(await hospital.house.db.raw(name).find().to_list(None))
            found += [name for value in values if value in docs]
    return found


async def furnish(ctx: Ctx) -> None:
    """Something of the account in every slice."""
    await favourites.add(ctx, "department", world.DEPARTMENTS["eye"].id)
    await messages.prefer(ctx, ctx.actor.id, Preferences(quiet_from="22:00", quiet_to="07:00"))


async def test_asked_withdrawn_and_asked_again_until_nobody_is_known(
    hospital: Hospital, visitor: Visitor
) -> None:
    ctx = await hospital.acting(PERSON)
    await furnish(ctx)
    openid, account = people.by_key(PERSON).openid, ctx.actor.id
    bound = [one.binding_id for one in await patients.mine(ctx)]
    assert await left_of(hospital, openid, account)

    refused = await ask(visitor)
    assert (refused.status, "请阅读后勾选同意" in refused.text) == (422, True)
    assert (await ask(visitor, agreed="1")).location == paths.CLOSE
    page = await visitor.get(paths.CLOSE)
    assert "已申请注销" in page.text
    await hospital.crank()
    assert "已申请注销账号" in (await visitor.get(paths.MESSAGES)).text
    assert (await visitor.submit(page.form(paths.KEEP_OPEN))).location == paths.CLOSE
    assert (await visitor.submit(page.form(paths.KEEP_OPEN))).status == 404
    await later(hospital, days=16)
    assert (await stored(hospital, account))["state"] == "ACTIVE"

    await ask(visitor, agreed="1")
    await later(hospital, days=14)
    assert (await visitor.get(paths.PEOPLE)).status == 200, "days to think"
    await later(hospital, days=1, minutes=1)
    assert (await stored(hospital, account))["state"] == "LEAVING"
    assert (await visitor.get(paths.PEOPLE)).location == paths.sign_in(paths.PEOPLE)
    with pytest.raises(accounts.AccountLeaving):
        await hospital.acting(PERSON)
    closed = await let_go(hospital, account)
    assert (closed["keys"], closed["identities"]) == ([], [])
    assert await left_of(hospital, openid, *bound) == []
    assert set(await left_of(hospital, account)) <= {"accounts", "revocations", "deliveries"}
    again = await hospital.acting(PERSON)
    assert again.actor.id != account
    assert await patients.mine(again) == []


def test_closing_knows_every_collection_that_lives_as_long_as_the_account() -> None:
    kept = {one.name for one in wiring.collections() if one.retention == "account"}
    assert kept == closing.ERASED


async def test_what_is_open_stands_in_the_way_and_is_said(
    hospital: Hospital, visitor: Visitor
) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    ctx = await hospital.acting(PERSON)
    page = await visitor.get(paths.CLOSE)
    assert "有 1 个未就诊的预约" in page.text
    assert not [one for one in page.forms if one.action == paths.CLOSE]
    with pytest.raises(closing.StandsInTheWay) as refused:
        await closing.ask(ctx, closing.AskToClose(agreed=True))
    assert [one.kind for one in refused.value.data["obstacles"]] == ["appointments"]
    assert (await stored(hospital, ctx.actor.id))["closing"] is None
    await appointments.cancel(ctx, held.id)
    await hospital.crank()
    assert (await ask(visitor, agreed="1")).location == paths.CLOSE

    slot = free_slots(hospital, "eye")[0]
    await accounts.keep_open(ctx, ctx.actor.id)
    await accounts.ask_to_close(ctx, ctx.actor.id, ctx.now() + timedelta(minutes=1))
    held = await hold(hospital, PERSON, slot)
    await later(hospital, minutes=2)
    kept = await stored(hospital, ctx.actor.id)
    assert (kept["state"], kept["closing"]["held"]) == ("ACTIVE", True)
    assert "账号暂未注销" in (await visitor.get(paths.MESSAGES)).text
    await appointments.cancel(ctx, held.id)
    await later(hospital, days=1, minutes=1)
    await let_go(hospital, ctx.actor.id)
    about = hospital.house.db.raw("appointments")
    assert (await about.find_one({"_id": held.id}))["account"] == ctx.actor.id, "a record stays"


async def test_what_begins_in_the_last_moment_is_looked_at_again(hospital: Hospital) -> None:
    ctx = await hospital.acting(PERSON)
    await accounts.ask_to_close(ctx, ctx.actor.id, ctx.now())
    await hospital.crank()
    me = (await patients.mine(ctx))[0]
    command = Hold(free_slots(hospital, "eye")[0].id, me.patient_id)
    held = await appointments.hold(ctx, command, ids.new("key"))  # by a request under way
    await later(hospital, minutes=1)
    assert (await stored(hospital, ctx.actor.id))["state"] == "ACTIVE"
    again = await hospital.acting(PERSON)
    assert (again.actor.id, (await appointments.own(again, held.id)).state) == (
        ctx.actor.id,
        "HELD",
    )


async def test_an_erasure_that_was_cut_short_is_ended_by_the_next(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = await hospital.acting(PERSON)
    await furnish(ctx)
    await accounts.ask_to_close(ctx, ctx.actor.id, ctx.now())
    await hospital.crank()
    await hospital.move_clock(timedelta(minutes=1))

    async def dies(*given: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as cut, pytest.raises(ExceptionGroup):
        cut.setattr(closing.messages, "erase", dies)
        await hospital.crank()
    half = await stored(hospital, ctx.actor.id)
    assert (half["state"], half["closing"]["step"]) == ("LEAVING", "CLEARED")
    ended = {"$unset": {"leased_until": ""}}  # a lease ends by itself, later than a test waits
    await hospital.house.db.raw("accounts").update_one({"_id": ctx.actor.id}, ended)
    await let_go(hospital, ctx.actor.id)
    assert await left_of(hospital, people.by_key(PERSON).openid) == []


async def test_accounts_that_had_become_it_are_forgotten_too(hospital: Hospital) -> None:
    ctx = hospital.ctx()
    office = await institutions.channel_for(ctx, "wechat")
    mini = await institutions.channel_for(ctx, "wechat_mini")
    elder = await accounts.account_of(ctx, office, OpenIdentity(openid="openid-one"))
    await accounts.account_of(ctx, mini, OpenIdentity(openid="openid-two", unionid="union-one"))
    one = await accounts.account_of(
        ctx, office, OpenIdentity(openid="openid-one", unionid="union-one")
    )
    assert one.id == elder.id
    await hospital.crank()
    await accounts.ask_to_close(ctx, elder.id, ctx.now())
    await hospital.crank()
    await let_go(hospital, elder.id)
    assert await left_of(hospital, "openid-one", "openid-two", "union-one") == []
    month = hospital.house.wire.now()
    told = [one["action"] for one in await audit.records(ctx, month, subject=elder.id)]
    assert told == ["event:account:closed", "event:account:closing_asked"]
