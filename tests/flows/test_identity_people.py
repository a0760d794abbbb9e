"""Adding, listing, choosing and removing the people an account acts for."""

import msgspec
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
from wx_backend.base.errors import Invalid, NotFound, TooMany
from wx_backend.identity.patients import access, service
from wx_backend.identity.patients.model import (
    AlreadyAdded,
    GuardianInUse,
    GuardianNeeded,
    ReadingNeedsVerification,
    SelfExists,
)

MOTHER = id_no("1955-03-04", 2)


@pytest.fixture
def ctx(house):
    return signed_in(house)


async def refused(house, kind, action) -> Invalid:
    """The refusal of ``action``, after which everything is stored as before."""
    before = await stored(house)
    with pytest.raises(kind) as refusal:
        await action
    assert await stored(house) == before
    return refusal.value


async def test_a_person_is_shown_masked_and_stored_sealed(house, ctx):
    added = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    assert (added.name, added.id_no) == ("王*兰", MOTHER[:6] + "********" + MOTHER[-4:])
    assert (added.relation_name, added.sex, added.level) == ("父母", "F", "BOOKING")
    assert added.is_default
    text = str(await stored(house))
    assert "王秀兰" not in text
    assert MOTHER not in text
    assert "13800138000" not in text


async def test_what_is_sealed_opens_only_in_its_own_place(house, ctx):
    added = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    (patient,), (binding,) = await stored(house)
    assert house.vault.open(patient["name"], f"patients.name:{added.patient_id}") == "王秀兰"
    assert house.vault.open(patient["id_no"], f"patients.id_no:{added.patient_id}") == MOTHER
    aad = f"bindings.phone:{added.binding_id}"
    assert house.vault.open(binding["phone"], aad) == "13800138000"
    with pytest.raises(ValueError, match="does not open"):
        house.vault.open(patient["name"], "patients.name:somebody-else")


async def test_consent_is_kept_with_its_text_time_and_channel(house, ctx):
    await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    _, (binding,) = await stored(house)
    (consent,) = binding["consents"]
    assert (consent["purpose"], consent["channel"]) == ("patient_binding", "chn1")
    assert consent["version"]
    assert consent["at"] == binding["added_at"]


async def test_an_event_tells_of_it_without_names(house, ctx):
    added = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    _, (binding,) = await stored(house)
    (event,) = binding["outbox"]
    assert (event["type"], event["subject"]) == ("binding.added", added.binding_id)
    assert "王" not in str(event["data"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id_no": MOTHER[:17] + ("1" if MOTHER[17] != "1" else "2")}, "id_no"),
        ({"name": "Wang"}, "name"),
        ({"phone": "123"}, "phone"),
        ({"agreed": False}, "agreed"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(house, ctx, wrong, field):
    wish = msgspec.structs.replace(form(MOTHER, "王秀兰", "PARENT"), **wrong)
    error = await refused(house, Invalid, service.add(ctx, wish))
    assert list(error.data["fields"]) == [field]


async def test_all_wrong_fields_are_named_at_once(house, ctx):
    wish = msgspec.structs.replace(form("1", "Wang"), phone="1", agreed=False)
    error = await refused(house, Invalid, service.add(ctx, wish))
    assert set(error.data["fields"]) == {"name", "id_no", "phone", "agreed"}


async def test_adding_the_same_person_twice_is_once(house, ctx):
    first = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    before = await stored(house)
    assert await service.add(ctx, form(MOTHER, "王秀兰", "PARENT")) == first
    assert await stored(house) == before


async def test_the_same_person_in_another_relation_is_refused(house, ctx):
    await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    await refused(house, AlreadyAdded, service.add(ctx, form(MOTHER, "王秀兰", "OTHER")))


async def test_two_accounts_share_one_patient(house, ctx):
    mine = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    theirs = await service.add(signed_in(house), form(MOTHER, "王秀兰", "PARENT"))
    assert mine.patient_id == theirs.patient_id
    assert mine.binding_id != theirs.binding_id


async def test_another_name_is_refused_like_a_wrong_number(house, ctx):
    await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    other = signed_in(house)
    known = await refused(house, Invalid, service.add(other, form(MOTHER, "李秀兰")))
    mistyped = MOTHER[:17] + ("1" if MOTHER[17] != "1" else "2")
    wrong = await refused(house, Invalid, service.add(other, form(mistyped, "李秀兰")))
    assert (known.code, known.message, known.data) == (wrong.code, wrong.message, wrong.data)


async def test_names_cannot_be_guessed(house, ctx):
    await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    guesser = signed_in(house)
    for name in ("赵秀兰", "钱秀兰", "孙秀兰", "李秀兰", "周秀兰"):
        await refused(house, Invalid, service.add(guesser, form(MOTHER, name)))
    await refused(house, TooMany, service.add(guesser, form(MOTHER, "王秀兰")))
    assert (await service.add(signed_in(house), form(MOTHER, "王秀兰"))).age > 18


async def test_another_institution_has_its_own_patient(house, ctx):
    here = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    there = signed_in(house, ctx.actor.id, inst="ins2")
    assert (await service.add(there, form(MOTHER, "李秀兰"))).patient_id != here.patient_id
    with pytest.raises(NotFound):
        await access.may_book(there, here.patient_id)


async def test_one_self_an_account(house, ctx):
    await add_self(ctx)
    wish = form(id_no("1990-01-01"), "李小红", "SELF")
    await refused(house, SelfExists, service.add(ctx, wish))


async def test_a_minor_needs_the_accounts_own_adult(house, ctx):
    number = id_no(years_ago(ctx, 9))
    wish = form(number, "李小宝", "CHILD", guardian_agreed=True)
    await refused(house, GuardianNeeded, service.add(ctx, wish))
    own = await add_self(ctx)
    await refused(house, GuardianNeeded, service.add(ctx, wish))
    wish = msgspec.structs.replace(wish, guardian=own.patient_id)
    unsaid = msgspec.structs.replace(wish, guardian_agreed=False)
    error = await refused(house, Invalid, service.add(ctx, unsaid))
    assert "guardian_agreed" in error.data["fields"]
    child = await service.add(ctx, wish)
    assert (child.age, child.guardian) == (9, "李*国")


async def test_another_accounts_adult_is_no_guardian(house, ctx):
    await add_self(ctx)
    stranger = await add_self(signed_in(house), "赵云飞", 3)
    number = id_no(years_ago(ctx, 15))
    wish = form(number, "李小宝", "CHILD", guardian=stranger.patient_id)
    await refused(house, GuardianNeeded, service.add(ctx, wish))


async def test_a_guardian_stays_while_minors_depend_on_them(house, ctx):
    own = await add_self(ctx)
    number = id_no(years_ago(ctx, 15))
    child = await service.add(ctx, form(number, "李小宝", "CHILD", guardian=own.patient_id))
    await refused(house, GuardianInUse, service.remove(ctx, own.binding_id))
    await service.remove(ctx, child.binding_id)
    await service.remove(ctx, own.binding_id)
    assert await service.mine(ctx) == []


async def test_only_the_own_adult_is_offered_as_guardian(house, ctx):
    await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    assert await service.guardians(ctx) == []
    own = await add_self(ctx)
    assert [one.patient_id for one in await service.guardians(ctx)] == [own.patient_id]


async def test_the_default_person(house, ctx):
    own = await add_self(ctx)
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    await service.choose_default(ctx, mother.binding_id)
    assert [one.is_default for one in await service.mine(ctx)] == [False, True]
    await refused(house, NotFound, service.choose_default(signed_in(house), own.binding_id))
    await service.remove(ctx, mother.binding_id)
    assert [one.is_default for one in await service.mine(ctx)] == [True]


async def test_a_removed_person_is_gone_and_their_consent_withdrawn(house, ctx):
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    await service.remove(ctx, mother.binding_id)
    with pytest.raises(NotFound):
        await access.may_book(ctx, mother.patient_id)
    _, (binding,) = await stored(house)
    assert binding["consents"][0]["withdrawn_at"]
    assert [event["type"] for event in binding["outbox"]] == ["binding.added", "binding.removed"]
    await refused(house, NotFound, service.remove(ctx, mother.binding_id))


async def test_a_removed_person_comes_back_unverified(house, ctx):
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    await service.verify(ctx, mother.binding_id, "DESK")
    await service.remove(ctx, mother.binding_id)
    back = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    assert (back.binding_id, back.level) == (mother.binding_id, "BOOKING")
    with pytest.raises(ReadingNeedsVerification):
        await access.may_read(ctx, back.patient_id)


async def test_name_and_number_book_and_a_verified_binding_reads(house, ctx):
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    assert (await access.may_book(ctx, mother.patient_id)).display == "王*兰"
    with pytest.raises(ReadingNeedsVerification):
        await access.may_read(ctx, mother.patient_id)
    await service.verify(house.ctx(INST), mother.binding_id, "DESK")
    assert (await access.may_read(ctx, mother.patient_id)).display == "王*兰"


async def test_another_accounts_person_is_not_found(house, ctx):
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    await service.verify(ctx, mother.binding_id, "DESK")
    stranger = signed_in(house)
    await service.add(stranger, form(MOTHER, "王秀兰", "PARENT"))
    await refused(house, ReadingNeedsVerification, access.may_read(stranger, mother.patient_id))
    nobody = signed_in(house)
    for door in (access.may_book, access.may_read):
        await refused(house, NotFound, door(nobody, mother.patient_id))
        await refused(house, NotFound, door(house.ctx(INST), mother.patient_id))
    await refused(house, NotFound, service.remove(nobody, mother.binding_id))
    await refused(house, NotFound, service.verify(house.ctx("ins2"), mother.binding_id, "DESK"))


async def test_acting_for_somebody_costs_one_shared_read(house, ctx):
    mother = await service.add(ctx, form(MOTHER, "王秀兰", "PARENT"))
    house.db.calls.clear()
    await access.may_book(ctx, mother.patient_id)
    assert dict(house.db.calls) == {"bindings.read_together": 1}
