"""Limits and uniqueness hold however many requests come at once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.helpers.identity import (
    INST,
    add_self,
    form,
    id_no,
    signed_in,
    stored,
    years_ago,
)
from wx_backend.base.context import Actor
from wx_backend.base.errors import AppError
from wx_backend.directory.settings import service as settings
from wx_backend.identity.patients import enrolment, idcard, service, store
from wx_backend.identity.patients.model import GuardianInUse, TooManyAdds, TooManyPeople


@pytest.fixture
def ctx(house):
    return signed_in(house)


def somebody(n: int, **more):
    return form(id_no("1960-01-01", n), "王小明", **more)


async def allow_adds(house, adds: int) -> None:
    """The hospital raises the limit of additions."""
    office = house.ctx(INST, Actor("staff", "office"))
    draft = await settings.propose(office, "identity.adds_max", adds, "hospital")
    await settings.approve(house.ctx(INST, Actor("staff", "director")), draft.id)


def outcomes(results: list) -> Counter:
    return Counter(type(one).__name__ for one in results)


async def together(*actions) -> list:
    return await asyncio.gather(*actions, return_exceptions=True)


async def test_twenty_at_once_are_never_more_than_five(house, ctx):
    await allow_adds(house, 20)
    results = await together(*(service.add(ctx, somebody(n)) for n in range(20)))
    assert outcomes(results) == {"Person": 5, "TooManyPeople": 15}
    assert len(await service.mine(ctx)) == 5
    patients, bindings = await stored(house)
    assert {one["_id"] for one in patients} == {one["patient_id"] for one in bindings}
    assert sorted(one["ordinal"] for one in bindings) == [0, 1, 2, 3, 4]


async def test_twenty_at_once_are_never_more_than_three_additions(house, ctx):
    results = await together(*(service.add(ctx, somebody(n)) for n in range(20)))
    assert outcomes(results) == {"Person": 3, "TooManyAdds": 17}
    patients, bindings = await stored(house)
    assert (len(patients), len(bindings)) == (3, 3)


async def test_an_addition_counts_for_thirty_days_even_when_removed(house, ctx):
    first = await service.add(ctx, somebody(0))
    house.business.offset = timedelta(days=1)
    for n in (1, 2):
        await service.add(ctx, somebody(n))
    await service.remove(ctx, first.binding_id)
    house.business.offset = timedelta(days=30, seconds=-5)
    before = await stored(house)
    with pytest.raises(TooManyAdds) as refusal:
        await service.add(ctx, somebody(3))
    assert refusal.value.data == {"limit": 3, "days": 30}
    assert await stored(house) == before
    house.business.offset = timedelta(days=30, seconds=5)
    assert (await service.add(ctx, somebody(3))).name == "王*明"
    with pytest.raises(TooManyAdds):
        await service.add(ctx, somebody(4))


async def test_who_comes_back_uses_no_further_addition(house, ctx):
    people = [await service.add(ctx, somebody(n)) for n in range(3)]
    await service.remove(ctx, people[0].binding_id)
    assert (await service.add(ctx, somebody(0))).binding_id == people[0].binding_id
    with pytest.raises(TooManyAdds):
        await service.add(ctx, somebody(3))


async def test_the_sixth_is_refused(house, ctx):
    await allow_adds(house, 20)
    for n in range(5):
        await service.add(ctx, somebody(n))
    assert (await service.household(ctx)).places_left == 0
    before = await stored(house)
    with pytest.raises(TooManyPeople) as refusal:
        await service.add(ctx, somebody(5))
    assert refusal.value.data == {"limit": 5}
    assert await stored(house) == before


async def test_two_requests_for_one_person_bind_once(house, ctx):
    results = await together(*(service.add(ctx, somebody(0)) for _ in range(10)))
    assert outcomes(results) == {"Person": 10}
    assert len({one.binding_id for one in results}) == 1
    patients, bindings = await stored(house)
    assert (len(patients), len(bindings)) == (1, 1)


async def test_two_accounts_add_one_person_at_once(house):
    accounts = [signed_in(house) for _ in range(10)]
    results = await together(*(service.add(one, somebody(0)) for one in accounts))
    assert outcomes(results) == {"Person": 10}
    assert len({one.patient_id for one in results}) == 1
    patients, bindings = await stored(house)
    assert (len(patients), len(bindings)) == (1, 10)


async def test_a_refused_addition_never_takes_away_anothers_patient(house, ctx):
    full, others = ctx, [signed_in(house) for _ in range(8)]
    for n in range(3):
        await service.add(full, somebody(n))
    results = await together(
        *(service.add(full, somebody(50 + n % 4)) for n in range(8)),
        *(service.add(one, somebody(50 + n % 4)) for n, one in enumerate(others)),
    )
    assert outcomes(results) == {"TooManyAdds": 8, "Person": 8}
    patients, bindings = await stored(house)
    assert {one["patient_id"] for one in bindings} == {one["_id"] for one in patients}


async def test_a_patient_somebody_relies_on_is_not_taken_back(house, ctx):
    card = idcard.parse(id_no("1960-01-01"), ctx.today())
    made = await enrolment.enrol(ctx, "王小明", card)
    theirs = await service.add(signed_in(house), somebody(0))
    await store.take_back(ctx, made)
    patients, (binding,) = await stored(house)
    assert [one["_id"] for one in patients] == [binding["patient_id"]] == [theirs.patient_id]


async def test_one_self_however_many_try(house, ctx):
    results = await together(*(add_self(ctx, "李建国", n) for n in range(6)))
    assert outcomes(results) == {"Person": 1, "SelfExists": 5}
    patients, bindings = await stored(house)
    assert (len(patients), len(bindings)) == (1, 1)


async def test_no_child_is_left_without_its_guardian(house):
    for n in range(12):
        ctx = signed_in(house)
        own = await add_self(ctx, n=100 + n)
        child = form(id_no(years_ago(ctx, 15), n), "李小宝", "CHILD", guardian=own.patient_id)
        results = await together(service.add(ctx, child), service.remove(ctx, own.binding_id))
        assert all(not isinstance(one, Exception) or isinstance(one, AppError) for one in results)
        left = {one.relation for one in await service.mine(ctx)}
        assert left in ({"SELF", "CHILD"}, {"SELF"}, set()), results


async def test_a_removal_that_comes_first_is_seen(house, ctx):
    own = await add_self(ctx)
    child = form(id_no(years_ago(ctx, 15)), "李小宝", "CHILD", guardian=own.patient_id)
    await service.add(ctx, child)
    with pytest.raises(GuardianInUse):
        await service.remove(ctx, own.binding_id)


async def test_the_limits_cost_no_read(house, ctx):
    await service.household(ctx)
    house.db.calls.clear()
    await service.household(ctx)
    assert dict(house.db.calls) == {"bindings.find": 1}
