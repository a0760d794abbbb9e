"""One person signed in two ways: what the retired account booked and paid belongs to the other."""

from booking.appointments import service as appointments
from booking.restrictions import service as restrictions
from booking.restrictions.model import Grounds, Restriction, of_account, restriction_id
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient
from tests.helpers.scalpers import code, relative, ruled
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx
from wx_backend.directory.departments import service as directory
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.accounts.model import Account
from wx_backend.identity.favourites import service as favourites
from wx_backend.identity.worklist import service as worklist

pytestmark = IN_ONE_LOOP

OFFICE = Actor("staff", "stf1", frozenset({"outpatient_office"}))


async def joined(clinic: Outpatient, elder: Patient, younger: Patient, unionid: str) -> Account:
    """What WeChat says makes two accounts one."""
    ctx = clinic.hospital.ctx()
    channel = await institutions.channel_for(ctx, "wechat")
    for one in (elder, younger):
        identity = OpenIdentity(openid=one.openid, unionid=unionid)
        kept = await accounts.account_of(ctx, channel, identity)
    return kept


async def imposed(desk: Ctx, subject: Patient, did: list[tuple[Patient, str]]) -> str:
    """A restriction of an account in force, for what accounts did; its id."""
    now = desk.now()
    grounds = tuple(
        Grounds(
            appointment=name, account=who.account, at=now, starts_at=now, department="", doctor=""
        )
        for who, name in did
    )
    whose = of_account(subject.account)
    one = Restriction(
        id=restriction_id(desk.institution, whose, [each.appointment for each in grounds]),
        inst=desk.institution, kind="grab", subject=whose, state="PROPOSED", version=1,
        patient="王*国", accounts=(subject.account,), grounds=grounds, limit=1, days=30,
        ban_days=30, zone="Asia/Shanghai", proposed_at=now,
    )  # fmt: skip
    assert await restrictions.propose(desk, one)
    await restrictions.impose(desk, one.id, 1, "情况属实", 30)
    return one.id


async def to_look_at(desk: Ctx) -> list[str]:
    """Restrictions of which nobody can tell whose they are."""
    tasks, _ = await worklist.mine(desk)
    return [one.subject for one in tasks if one.kind == "restriction_parted"]


async def test_appointments_payments_and_messages_follow(clinic):
    elder, younger = await clinic.patients(2)
    [slot] = await clinic.opens(days=4)
    booked = await clinic.booked(younger, slot)
    kept = await joined(clinic, elder, younger, "union-of-them")
    assert kept.id == elder.account
    await clinic.work()
    assert (await clinic.now(booked)).account == elder.account
    assert (await clinic.order(booked)).account == elder.account
    assert await clinic.told(elder) == ["预约成功"]
    both = elder.ctx.acting_as(Actor("account", elder.account))
    await appointments.cancel(both, booked.id)
    await clinic.refunded()
    assert await clinic.told(elder) == ["预约成功", "预约已取消", "退款已到账"]


async def test_what_came_with_a_wrong_merge_goes_back(clinic):
    """Taken apart, each has what they booked themselves; what was booked since stays."""
    elder, younger = await clinic.patients(2)
    slots = await clinic.opens(days=4), await clinic.opens(days=5)
    booked = await clinic.booked(younger, slots[0][0])
    await joined(clinic, elder, younger, "union-by-mistake")
    await clinic.work()
    since = await clinic.booked(elder, slots[1][0])
    desk = clinic.hospital.ctx().acting_as(Actor("staff", "stf1"))
    assert await appointments.came_from(desk, younger.account, elder.account) == 1
    await accounts.part(desk, younger.account, "双方持证到窗口，互不相识")
    await clinic.work()
    assert (await clinic.now(booked)).account == younger.account
    assert (await clinic.order(booked)).account == younger.account
    assert (await clinic.now(since)).account == elder.account
    assert await clinic.told(younger) == ["预约成功"]
    assert await clinic.told(elder) == ["预约成功"]


async def test_what_was_decided_about_one_of_them_is_theirs_again(clinic):
    """Before the merge: whose it was. Since: by what it rests on, or somebody looks at it."""
    elder, younger = await clinic.patients(2)
    desk = clinic.hospital.ctx().acting_as(OFFICE)
    before = await imposed(desk, younger, [(younger, "a")])
    [doctor, *_] = await directory.doctors(desk)
    await favourites.add(younger.ctx, "doctor", doctor.id)
    await joined(clinic, elder, younger, "union-of-two-persons")
    await clinic.work()
    [kept] = (await favourites.mine(elder.ctx)).doctors
    assert kept == doctor
    theirs = await imposed(desk, elder, [(younger, "b")])
    mixed = await imposed(desk, elder, [(younger, "c"), (elder, "d")])
    for one in (before, theirs, mixed):
        assert (await restrictions.one(desk, one)).subject == f"account:{elder.account}"
    await accounts.part(desk, younger.account, "双方持证到窗口，互不相识")
    await clinic.work()
    for one, whose in ((before, younger), (theirs, younger), (mixed, elder)):
        assert (await restrictions.one(desk, one)).subject == f"account:{whose.account}"
    assert await to_look_at(desk) == [mixed]
    assert (await favourites.mine(elder.ctx)).doctors == ()
    assert len((await favourites.mine(younger.ctx)).doctors) == 1
    found = await restrictions.one(desk, mixed)
    await restrictions.lift(desk, mixed, found.version, "核实为另一人的行为")
    await clinic.work()
    assert await to_look_at(desk) == []


async def test_two_that_become_one_have_the_limits_of_one(clinic):
    """What is too many goes first; told apart, each has their own again."""
    elder, younger = await clinic.patients(2)
    slots = [slot for days in range(3, 9) for slot in await clinic.opens(days=days, fee_fen=0)]
    async with ruled(clinic, open_per_account=3):
        had = [await clinic.hold(elder, slot) for slot in slots[:2]]
        for slot in slots[:2]:
            await clinic.hold(younger, slot)
        await joined(clinic, elder, younger, "union-of-four-visits")
        await clinic.work()
        for given_up in reversed(had):  # the later visit first, whose place is not the last
            assert await code(clinic.hold(elder, slots[2])) == "account_open"
            await clinic.cancel(elder, given_up)
            await clinic.work()
        assert await code(clinic.hold(elder, slots[2])) == ""
        assert await code(clinic.hold(elder, slots[3])) == "account_open"
        desk = clinic.hospital.ctx().acting_as(OFFICE)
        await accounts.part(desk, younger.account, "双方持证到窗口，互不相识")
        await clinic.work()
        got = [await code(clinic.hold(younger, slot)) for slot in slots[2:4]]
        got += [await code(clinic.hold(elder, slot)) for slot in slots[3:6]]
    assert got == ["", "account_open", "", "", "account_open"]


async def test_two_that_become_one_wait_as_one(clinic):
    elder, younger = await clinic.patients(2)
    mother, son = await relative(elder), await relative(elder)
    [slot] = await clinic.opens(capacity=1, fee_fen=0)
    await clinic.hold(await clinic.patient(), slot)
    await clinic.hospital.catch_up()

    async def joins(who: Patient) -> str:
        return await code(waiting.join(who.ctx, Join(slot.id, who.id, "slot"), ids.new("key")))

    async with ruled(clinic, wait_list_per_account=2):
        assert [await joins(who) for who in (elder, mother, younger)] == [""] * 3
        await joined(clinic, elder, younger, "union-of-three-who-wait")
        await clinic.work()
        got = [await joins(son)]
        first, second, _ = [entry for entry, _ in reversed(await waiting.mine(elder.ctx))]
        for one in (first, second):
            await waiting.leave(elder.ctx, one.id)
            got.append(await joins(son))
    assert got == ["account", "account", ""]
