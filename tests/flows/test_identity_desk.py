"""Verification at the desk: the right paper, the right phone, and everybody else."""

from datetime import timedelta

import pytest

from tests.helpers.identity import PHONE, add_self, form, id_no, signed_in, stored
from wx_backend.base.audit import RECORDS
from wx_backend.base.context import Actor
from wx_backend.base.errors import Invalid, NotFound, TooMany
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import (
    DeskCodeWrong,
    DeskProof,
    ReadingNeedsVerification,
)

NUMBER = id_no("1984-05-06", 1)


@pytest.fixture
def owner(house):
    return signed_in(house)


@pytest.fixture
def desk(owner):
    return owner.acting_as(Actor("staff", "stf1"))


def proof(code: str) -> DeskProof:
    return DeskProof(code=code, paper="ID_CARD", reason="本人到场")


async def records(ctx) -> list[str]:
    found = await ctx.db(RECORDS).month(ctx.wire_now()).find()
    return [one["action"] for one in found]


async def test_who_is_here_with_card_and_phone_may_read(owner, desk):
    person = await add_self(owner)
    with pytest.raises(ReadingNeedsVerification):
        await access.may_read(owner, person.patient_id)
    (claim,) = await patients.desk_claims(desk, NUMBER)
    assert (claim.binding_id, claim.verified) == (person.binding_id, False)
    code = await patients.desk_code(owner, person.binding_id)
    await patients.verify_at_desk(desk, person.binding_id, proof(f"{code[:3]} {code[3:]}"))
    assert (await access.may_read(owner, person.patient_id)).level == "VERIFIED"
    assert {"patients:identity:found", "staff:binding:verified"} <= set(await records(desk))


async def test_the_desk_sees_nothing_unmasked(owner, desk):
    await add_self(owner)
    (claim,) = await patients.desk_claims(desk, NUMBER)
    assert (claim.name, claim.phone) == ("李*国", "138****8000")
    assert NUMBER not in str(claim)
    assert PHONE not in str(claim)


async def test_of_two_accounts_only_the_phone_that_is_here_is_verified(house, owner, desk):
    """Somebody else has added the same person by name and number."""
    mine, stranger = await add_self(owner), signed_in(house)
    theirs = await patients.add(stranger, form(NUMBER, "李建国"))
    assert len(await patients.desk_claims(desk, NUMBER)) == 2
    code = await patients.desk_code(owner, mine.binding_id)
    before = await stored(house)
    with pytest.raises(DeskCodeWrong):
        await patients.verify_at_desk(desk, theirs.binding_id, proof(code))
    assert await stored(house) == before
    assert "staff:binding:refused" in await records(desk)
    await patients.verify_at_desk(desk, mine.binding_id, proof(code))
    with pytest.raises(ReadingNeedsVerification):
        await access.may_read(stranger, mine.patient_id)


async def test_nobody_sees_the_code_of_another_account(house, owner, desk):
    person = await add_self(owner)
    for other in (signed_in(house), desk, signed_in(house, owner.actor.id, "ins2")):
        with pytest.raises(NotFound):
            await patients.desk_code(other, person.binding_id)


async def test_yesterdays_code_is_no_good(house, owner, desk):
    person = await add_self(owner)
    code = await patients.desk_code(owner, person.binding_id)
    house.business.offset += timedelta(days=1)
    before = await stored(house)
    with pytest.raises(DeskCodeWrong):
        await patients.verify_at_desk(desk, person.binding_id, proof(code))
    assert await stored(house) == before


async def test_codes_are_not_guessed(house, owner, desk):
    person = await add_self(owner)
    code = await patients.desk_code(owner, person.binding_id)
    before = await stored(house)
    for n in range(5):
        with pytest.raises(DeskCodeWrong):
            await patients.verify_at_desk(desk, person.binding_id, proof(f"x{n}"))
    with pytest.raises(TooMany):
        await patients.verify_at_desk(desk, person.binding_id, proof(code))
    assert await stored(house) == before


async def test_another_institution_verifies_nobody_here(house, owner, desk):
    person = await add_self(owner)
    code = await patients.desk_code(owner, person.binding_id)
    before, away = await stored(house), desk.within("ins2")
    with pytest.raises(NotFound):
        await patients.verify_at_desk(away, person.binding_id, proof(code))
    with pytest.raises(NotFound):
        await patients.desk_claims(away, NUMBER)
    assert await stored(house) == before


async def test_a_removed_binding_is_verified_by_nobody(house, owner, desk):
    person = await add_self(owner)
    code = await patients.desk_code(owner, person.binding_id)
    await patients.remove(owner, person.binding_id)
    before = await stored(house)
    with pytest.raises(NotFound):
        await patients.verify_at_desk(desk, person.binding_id, proof(code))
    with pytest.raises(NotFound, match="没有账号"):
        await patients.desk_claims(desk, NUMBER)
    assert await stored(house) == before


@pytest.mark.parametrize("number", ["", "123", id_no("1984-05-06", 1)[:-1] + "a"])
async def test_what_is_no_number_finds_nobody(desk, number):
    with pytest.raises(Invalid):
        await patients.desk_claims(desk, number)


async def test_verified_twice_keeps_the_first_proof(house, owner, desk):
    person = await add_self(owner)
    code = await patients.desk_code(owner, person.binding_id)
    await patients.verify_at_desk(desk, person.binding_id, proof(code))
    before = await stored(house)
    await patients.verify_at_desk(desk, person.binding_id, proof(code))
    assert await stored(house) == before
