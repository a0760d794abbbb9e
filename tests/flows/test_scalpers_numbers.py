"""Who takes numbers to sell them: each wins without the rule against it and loses with it."""

import pytest

from booking.appointments import service as appointments
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient
from tests.helpers.scalpers import at, code, relative, ruled
from wx_backend.base import ids
from wx_backend.entrypoints import upkeep

pytestmark = IN_ONE_LOOP


@pytest.mark.parametrize("rule", [2, 0])
async def test_one_account_fills_a_doctors_day_under_many_names(clinic: Outpatient, rule):
    [slot] = await clinic.opens(capacity=3)
    me = await clinic.patient()
    async with ruled(clinic, per_account_doctor_day=rule):
        got = [await code(clinic.hold(one, slot)) for one in (me, await relative(me))]
        got.append(await code(clinic.hold(await relative(me), slot)))
    assert got == ["", "", "account" if rule else ""]


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("rule", ["per_department_session", "per_day"])
async def test_one_person_takes_a_second_number_to_choose_later(clinic: Outpatient, rule, most):
    me = await clinic.patient()
    got = []
    async with ruled(clinic, **{"per_department_session": 2, "per_day": 2, rule: most}):
        for _ in range(2):
            [slot] = await clinic.opens()
            got.append(await code(clinic.hold(me, slot)))
    limit = {"per_department_session": "session", "per_day": "day"}[rule]
    assert got == ["", limit if most == 1 else ""]


@pytest.mark.parametrize("rule", [15, 0])
async def test_who_stands_ready_when_a_number_is_given_back(clinic: Outpatient, slot, rule):
    """An accomplice, whom nothing connects with who gives it back."""
    owner, accomplice = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    batches = {"return_least_minutes": min(rule, 1), "return_most_minutes": rule}
    async with ruled(clinic, wait_list_first=0, **batches):
        await clinic.cancel(owner, held)
        await clinic.work()
        await clinic.hospital.catch_up()
        got = await code(clinic.hold(accomplice, slot))
    await clinic.returns_at_once()
    assert got == ("slot_full" if rule else "")


@pytest.mark.parametrize("rule", [2, 0])
async def test_one_account_hoards_numbers_of_many_doctors(clinic: Outpatient, rule):
    me = await clinic.patient()
    async with ruled(clinic, open_per_account=rule):
        got = []
        for days in (3, 4, 5):
            [slot] = await clinic.opens(days=days)
            got.append(await code(clinic.hold(me, slot)))
    assert got == ["", "", "account_open" if rule else ""]


@pytest.mark.parametrize("rule", ["open_at_once", "open_per_account"])
async def test_visits_that_are_over_are_not_hoarded(clinic: Outpatient, rule):
    """Nobody has said whether the patient came; the account's may be of another hospital."""
    me = await clinic.patient()
    async with ruled(clinic, **{rule: 2}):
        got = []
        for days in (1, 2, 3):
            [slot] = await clinic.opens(days=days, fee_fen=0)
            got.append(await code(clinic.hold(me, slot)))
        await clinic.later(days=3)
        if rule == "open_per_account":
            elsewhere = {"$set": {"inst": "elsewhere"}}
            await clinic.house.db.raw("appointments").update_many({}, elsewhere)
        for days in (1, 2, 3):
            [slot] = await clinic.opens(days=days, fee_fen=0)
            got.append(await code(clinic.hold(me, slot)))
    limit = {"open_at_once": "open", "open_per_account": "account_open"}[rule]
    assert got == ["", "", limit] * 2


@pytest.mark.parametrize("rule", [1, 0])
async def test_many_accounts_with_one_number_to_call(clinic: Outpatient, rule):
    """Everybody of these tests has given the same number."""
    [slot] = await clinic.opens(capacity=2)
    first, second = await clinic.patients(2)
    async with ruled(clinic, per_phone_department_day=rule):
        got = [await code(clinic.hold(one, slot)) for one in (first, second)]
    assert got == ["", "phone" if rule else ""]


@pytest.mark.parametrize("rule", [3, 0])
@pytest.mark.parametrize("by", ["account", "device", "address"])
async def test_who_asks_again_and_again_until_somebody_gives_up(clinic: Outpatient, slot, by, rule):
    """The robot has as many accounts as the rule is not about."""
    owner, honest = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    robots = await clinic.patients(1 if by == "account" else 4)
    place = {} if by == "account" else {by: ids.new("dev")}
    off = {f"tries_per_{name}": 0 for name in ("account", "device", "address")}
    async with ruled(clinic, **{**off, f"tries_per_{by}": rule}):
        tries = [at(robots[n % len(robots)], **place) for n in range(4)]
        refused = [await code(clinic.hold(one, slot)) for one in tries[:3]]
        await clinic.cancel(owner, held)
        last = await code(clinic.hold(tries[3], slot))
        left = await code(clinic.hold(honest, slot))
    assert refused == ["slot_full"] * 3
    assert (last, left) == (("too_many", "") if rule else ("", "slot_full"))


@pytest.mark.parametrize("rule", [24, 0])
async def test_accounts_made_for_the_morning_when_numbers_are_released(
    clinic: Outpatient, slot, rule
):
    """The account of yesterday may, and so may its new person."""
    made_today = await clinic.patient()
    async with ruled(clinic, hot=1, new_account_hours=rule):
        got = await code(clinic.hold(made_today, slot))
        if rule:
            await clinic.later(hours=24)
            calls = sum(clinic.house.db.calls.values())
            assert await code(clinic.hold(await relative(made_today), slot)) == ""
            assert sum(clinic.house.db.calls.values()) > calls
    assert got == ("account_too_new" if rule else "")


@pytest.mark.parametrize("rule", [24, 0])
async def test_a_new_account_goes_round_by_another_time_or_the_waiting_list(clinic, rule):
    """An ordinary number is exchanged for a hot one; a hot one that is full is waited for."""
    me, owner = await clinic.patients(2)
    [plain] = await clinic.opens(fee_fen=0)
    free, full = await clinic.opens(slots=2, capacity=1, fee_fen=0)
    booked = await clinic.hold(me, plain)
    await clinic.hold(owner, full)
    await clinic.decides("booking.hot", 1, "doctor", full.doctor_id)
    async with ruled(clinic, new_account_hours=rule):
        joined = await code(waiting.join(me.ctx, Join(full.id, me.id), ids.new("key")))
        moving = appointments.reschedule(me.ctx, booked.id, free.id, ids.new("key"))
        moved = await code(moving)
    assert [joined, moved] == (["account_too_new"] * 2 if rule else ["", ""])


@pytest.mark.parametrize("rule", [30, 0])
@pytest.mark.parametrize(
    ("how", "by"),
    [
        ("gives it back", "device"),
        ("gives it back", "address"),
        ("gives it back", "account"),
        ("never pays", "device"),
    ],
)
async def test_a_number_is_passed_on_to_the_buyer(clinic: Outpatient, slot, how, by, rule):
    """Held under one name, given up, and taken in the same moment under the buyer's: by another
    account of the same browser or address, or by the same account (a change of name).
    """
    place = {} if by == "account" else {by: ids.new("dev")}
    seller = at(await clinic.patient(), **place)
    buyer = await relative(seller) if by == "account" else at(await clinic.patient(), **place)
    honest = at(await clinic.patient(), "198.51.100.7", "another")
    async with ruled(clinic, rebook_guard_minutes=rule, guard_by_address=1):
        held = await clinic.hold(seller, slot)
        if how == "never pays":
            await clinic.later(minutes=16)
            await clinic.work()
            await clinic.hospital.catch_up()
        else:
            await clinic.cancel(seller, held)
        bought = await code(clinic.hold(at(buyer, **place), slot))
        left = await code(clinic.hold(honest, slot))
    assert (bought, left) == (("slot_full", "") if rule else ("", "slot_full"))


async def test_who_shares_an_address_by_chance_may_have_it(clinic: Outpatient, slot):
    """As at the hospital's own Wi-Fi: addresses count only where the hospital says so."""
    place = {"address": "198.51.100.9"}
    before, after = [at(one, **place) for one in await clinic.patients(2)]
    await clinic.cancel(before, await clinic.hold(before, slot))
    assert await code(clinic.hold(after, slot)) == ""


async def test_who_changed_their_mind_may_have_it_back(clinic: Outpatient, slot):
    me = at(await clinic.patient(), device=ids.new("dev"))
    await clinic.cancel(me, await clinic.hold(me, slot))
    assert await code(clinic.hold(me, slot)) == ""


async def test_a_process_that_starts_knows_who_gave_a_number_up(clinic: Outpatient, slot):
    """And the guard ends by itself."""
    place = {"device": ids.new("dev")}
    seller, buyer = [at(one, **place) for one in await clinic.patients(2)]
    await clinic.cancel(seller, await clinic.hold(seller, slot))
    clinic.house.views.pop("given_up")
    await upkeep.load(clinic.house)
    assert await code(clinic.hold(buyer, slot)) == "slot_full"
    await clinic.later(minutes=31)
    assert await code(clinic.hold(buyer, slot)) == ""
