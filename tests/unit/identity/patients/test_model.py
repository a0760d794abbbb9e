"""Rules of 就诊人."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.helpers.identity import form
from wx_backend.base.errors import Invalid
from wx_backend.identity.patients.model import (
    CONSENT,
    GUARDIAN_CONSENT,
    AddPerson,
    Binding,
    GuardianNeeded,
    agreed_to,
    clean_name,
    clean_phone,
    guardian_for,
    people,
    wards,
)

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def binding(patient: str, relation: str = "SELF", born: str = "1984-05-06", **more) -> Binding:
    values = {
        "id": f"bind-{patient}",
        "inst": "ins1",
        "account": "acc1",
        "patient_id": patient,
        "relation": relation,
        "level": "BOOKING",
        "state": "ACTIVE",
        "display": f"{patient}*",
        "masked_id_no": "990101********0010",
        "birth_date": date.fromisoformat(born),
        "sex": "M",
        "consents": (),
        "added_at": NOW,
        "version": 1,
        "ordinal": 0,
    }
    return Binding(**{**values, **more})


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 张 三 ", "张三"),
        ("欧阳小三", "欧阳小三"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("𠮷野明", "𠮷野明"),
    ],
)
def test_names_as_on_the_card(typed, name):
    assert clean_name(typed) == name


@pytest.mark.parametrize("typed", ["张", "Zhang San", "张三1", "·张三", "张··三", "张" * 31])
def test_what_is_no_name(typed):
    with pytest.raises(Invalid) as refusal:
        clean_name(typed)
    assert list(refusal.value.data["fields"]) == ["name"]


@pytest.mark.parametrize("typed", ["13800138000", "+86 138 0013 8000", "１３８００１３８０００"])
def test_phones(typed):
    assert clean_phone(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["1380013800", "12800138000", "010-12345678", "138001380000"])
def test_what_is_no_mobile_number(typed):
    with pytest.raises(Invalid):
        clean_phone(typed)


class TestConsent:
    def test_without_it_nothing_goes(self):
        with pytest.raises(Invalid) as refusal:
            agreed_to(AddPerson(name="张三", id_no="1", phone="1", relation="SELF"), 40)
        assert "agreed" in refusal.value.data["fields"]

    def test_from_14_the_general_one_is_enough(self):
        assert agreed_to(form("1"), 14) == [CONSENT]

    def test_under_14_the_guardians_own_is_needed(self):
        with pytest.raises(Invalid) as refusal:
            agreed_to(form("1"), 13)
        assert "guardian_agreed" in refusal.value.data["fields"]
        assert agreed_to(form("1", guardian_agreed=True), 13) == [CONSENT, GUARDIAN_CONSENT]


class TestGuardian:
    def test_adults_need_none(self):
        assert guardian_for(form("1", guardian="pat1"), 18, [binding("pat1")], TODAY) is None

    def test_minors_need_the_accounts_own_adult(self):
        own = binding("pat1")
        assert guardian_for(form("1", relation="CHILD", guardian="pat1"), 17, [own], TODAY) is own

    @pytest.mark.parametrize(
        "known",
        [
            [],
            [binding("pat2")],
            [binding("pat1", "PARENT")],
            [binding("pat1", born="2010-01-01")],
            [binding("pat1", state="REMOVED")],
        ],
        ids=["nobody", "somebody else", "not oneself", "no adult", "removed"],
    )
    def test_nobody_else_will_do(self, known):
        with pytest.raises(GuardianNeeded) as refusal:
            guardian_for(form("1", relation="CHILD", guardian="pat1"), 17, known, TODAY)
        assert "guardian" in refusal.value.data["fields"]

    @pytest.mark.parametrize("relation", ["SELF", "SPOUSE", "PARENT"])
    def test_a_minor_is_a_child_or_other(self, relation):
        wish = form("1", relation=relation, guardian="pat1")
        with pytest.raises(GuardianNeeded) as refusal:
            guardian_for(wish, 17, [binding("pat1")], TODAY)
        assert "relation" in refusal.value.data["fields"]

    def test_wards_are_minors_only(self):
        own = binding("pat1")
        child = binding("pat2", "CHILD", "2015-01-01", guardian="pat1")
        grown = binding("pat3", "CHILD", "2000-01-01", guardian="pat1")
        gone = binding("pat4", "CHILD", "2015-01-01", guardian="pat1", state="REMOVED")
        assert wards(own, [own, child, grown, gone], TODAY) == [child]


class TestReading:
    def test_name_and_number_alone_only_book(self):
        assert not binding("pat1").may_read(TODAY)
        assert binding("pat1", level="VERIFIED").may_read(TODAY)

    def test_a_guardians_right_ends_on_the_18th_birthday(self):
        child = binding("pat2", "CHILD", "2008-11-22", guardian="pat1", level="VERIFIED")
        assert child.may_read(date(2026, 11, 21))
        assert not child.may_read(date(2026, 11, 22))


class TestList:
    def test_in_the_order_of_their_places_without_the_removed(self):
        known = [
            binding("b", ordinal=1),
            binding("a", ordinal=0),
            binding("c", ordinal=None, state="REMOVED"),
        ]
        assert [one.patient_id for one in people(known, TODAY)] == ["a", "b"]

    def test_the_first_is_the_default_until_one_is_chosen(self):
        known = [binding("a", ordinal=0), binding("b", ordinal=1)]
        assert [one.is_default for one in people(known, TODAY)] == [True, False]

    def test_the_latest_choice_counts(self):
        known = [
            binding("a", ordinal=0, default_at=NOW),
            binding("b", ordinal=1, default_at=NOW + timedelta(seconds=1)),
        ]
        assert [one.is_default for one in people(known, TODAY)] == [False, True]

    def test_names_the_guardian(self):
        known = [
            binding("a"),
            binding("b", "CHILD", "2015-01-01", guardian="a", ordinal=1),
        ]
        assert [one.guardian for one in people(known, TODAY)] == ["", "a*"]

    def test_nobody(self):
        assert people([], TODAY) == []
