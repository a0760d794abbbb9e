"""就诊人 to choose from, and the form to add one."""

from tests.unit.entrypoints.web.patient.things import department, person
from wx_backend.entrypoints.web.patient import persons
from wx_backend.entrypoints.web.patient.words import words_in

WORDS = words_in("zh-CN")
ADULT = person()
CHILD = person(patient_id="pat2", relation="CHILD", age=6, is_default=False)


def chosen(*args) -> list[str]:
    return [one.patient_id for one in persons.choices(*args, WORDS) if one.chosen]


def test_the_default_person_is_chosen_unless_somebody_else_was() -> None:
    assert chosen([CHILD, ADULT], department(), "") == ["pat1"]
    assert chosen([CHILD, ADULT], department(), "pat2") == ["pat2"]


def test_who_is_too_old_is_shown_with_the_reason_and_not_chosen() -> None:
    children = department(max_age=14)
    adult, child = persons.choices([ADULT, CHILD], children, "", WORDS)
    assert adult.refused
    assert (adult.chosen, child.chosen, child.refused) == (False, True, "")
    assert chosen([ADULT, CHILD], children, "pat1") == []


def test_what_was_typed_comes_back_with_its_errors() -> None:
    typed = {"name": "王", "relation": "CHILD", "guardian": "pat1", "agreed": "1"}
    form = persons.form([ADULT], "/h5/people", "key", WORDS, typed, {"name": "太短"})
    assert (form.name, form.agreed, form.guardian_agreed) == ("王", True, False)
    assert [one.value for one in form.relations if one.current] == ["CHILD"]
    assert [one.value for one in form.guardians if one.current] == ["pat1"]
    assert form.errors == {"name": "太短"}
    assert form.action == "/h5/people/new?next=%2Fh5%2Fpeople"
