"""Who reads about a person: guardians until 18, payers never, others as the person decides."""

from datetime import timedelta

import pytest

from tests.helpers.identity import (
    add_self,
    form,
    id_no,
    signed_in,
    stored,
    years_ago,
)
from wx_backend.base.errors import NotFound
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import ReadingForm, ReadingNeedsVerification

YES, NO = ReadingForm(allowed=True), ReadingForm(allowed=False)
(GROWN,) = patients.sweeps


@pytest.fixture
def parent(house):
    return signed_in(house)


@pytest.fixture
def person(house):
    return signed_in(house)


async def verified(ctx, one):
    await patients.verify(ctx, one.binding_id, "DESK")
    return one


async def guarded(parent):
    """A child who turns 18 in some days, added and verified by a parent; and their number."""
    own = await add_self(parent)
    born = years_ago(parent, 17)
    number = id_no(born, 7)
    added = form(number, "王小明", "CHILD", guardian=own.patient_id)
    return await verified(parent, await patients.add(parent, added)), number


async def grown(house, parent, person):
    """The same, a year later, with an account of their own."""
    child, number = await guarded(parent)
    house.business.offset += timedelta(days=366)
    own = await verified(person, await patients.add(person, form(number, "王小明", "SELF")))
    return child, own


async def events(house, kind: str) -> list[dict]:
    docs = await house.db.raw("bindings").find().to_list(None)
    return [event for doc in docs for event in doc.get("outbox", []) if event["type"] == kind]


async def reads(ctx, patient_id: str) -> bool:
    try:
        await access.may_read(ctx, patient_id)
    except ReadingNeedsVerification:
        return False
    return True


async def test_a_guardian_reads_until_the_birthday_and_books_after_it(house, parent):
    child, _ = await guarded(parent)
    assert await reads(parent, child.patient_id)
    house.business.offset += timedelta(days=366)
    assert not await reads(parent, child.patient_id)
    assert (await access.may_book(parent, child.patient_id)).active


async def test_both_are_told_once(house, parent, person):
    await grown(house, parent, person)
    ctx = house.ctx(None)
    assert await GROWN.run(ctx) == 1
    (told,) = await events(house, "binding.came_of_age")
    assert told["data"]["accounts"] == sorted([parent.actor.id, person.actor.id])
    assert told["data"]["patient"] == "王*明"
    assert told["inst"] == parent.institution
    before = await stored(house)
    assert await GROWN.run(ctx) == 0
    assert await stored(house) == before


async def test_nobody_is_told_before_the_birthday(house, parent):
    await guarded(parent)
    before = await stored(house)
    assert await GROWN.run(house.ctx(None)) == 0
    assert await stored(house) == before


async def test_the_person_lets_the_guardian_read_on_and_takes_it_back(house, parent, person):
    child, own = await grown(house, parent, person)
    (one,) = await patients.readers_of(person, own.binding_id)
    assert (one.relation, one.reads, one.outgrown) == ("CHILD", False, True)
    await patients.decide_reading(person, own.binding_id, one.binding_id, YES)
    assert await reads(parent, child.patient_id)
    await patients.decide_reading(person, own.binding_id, one.binding_id, NO)
    assert not await reads(parent, child.patient_id)
    told = await events(house, "binding.reading_changed")
    assert [one["data"]["allowed"] for one in told] == [True, False]
    assert {one["data"]["account"] for one in told} == {parent.actor.id}


async def test_an_account_added_as_payer_never_reads(house, parent):
    number = id_no("1955-03-04", 2)
    paid = await patients.add(parent, form(number, "王秀兰", "PARENT", payer=True))
    await patients.verify(parent, paid.binding_id, "DESK")
    assert not await reads(parent, paid.patient_id)
    (listed,) = await patients.mine(parent)
    assert (listed.payer, listed.reads) == (True, False)


async def test_only_the_grown_up_verified_person_decides(house, parent, person):
    child, own = await grown(house, parent, person)
    stranger = signed_in(house)
    unproven = await patients.add(stranger, form(id_no(years_ago(parent, 18), 7), "王小明"))
    before = await stored(house)
    refused = [
        (stranger, unproven.binding_id),  # by name and number alone
        (stranger, own.binding_id),  # somebody else's binding
        (parent, child.binding_id),  # the guardian
        (signed_in(house, person.actor.id, "ins2"), own.binding_id),
    ]
    for ctx, key in refused:
        with pytest.raises(NotFound):
            await patients.readers_of(ctx, key)
        with pytest.raises(NotFound):
            await patients.decide_reading(ctx, key, child.binding_id, YES)
    assert await stored(house) == before


async def test_only_about_oneself(house, parent, person):
    _, own = await grown(house, parent, person)
    elsewhere = await add_self(signed_in(house), "周文静", 4)
    before = await stored(house)
    for other in (elsewhere.binding_id, own.binding_id, "nobody"):
        with pytest.raises(NotFound):
            await patients.decide_reading(person, own.binding_id, other, NO)
    assert await stored(house) == before


async def test_a_child_decides_nothing(house, parent):
    child, _ = await guarded(parent)
    with pytest.raises(NotFound):
        await patients.readers_of(parent, child.binding_id)
