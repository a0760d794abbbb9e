"""ADT messages in our words, with the fields that are missing named."""

from datetime import UTC, date, datetime

import pytest

from tests.helpers import hl7 as samples
from wx_backend.gateways.his.mapping import CHANGES, movement
from wx_backend.gateways.his.port import Clinician, Person, Place
from wx_backend.gateways.hl7.message import Unmappable, parse


@pytest.mark.parametrize("trigger", [one for one in CHANGES if one not in ("A28", "A31", "A40")])
def test_a_stay(trigger: str) -> None:
    found = movement(parse(samples.adt(trigger, "A7")))
    assert found.change == CHANGES[trigger]
    assert found.stamp == (datetime(2026, 11, 24, tzinfo=UTC),) * 2 + ("A7",)
    assert found.person == Person(mrn="M1001", name="王某某", sex="F", birth_date=date(1980, 5, 6))
    assert (found.stay.visit_no, found.stay.kind) == ("V2001", "I")
    assert found.stay.place == Place(ward="心内科病区", room="301", bed="12", department="心内科")
    assert found.stay.attending == Clinician("D01", "李医生")
    assert found.missing == ()


@pytest.mark.parametrize("trigger", ["A28", "A31"])
def test_a_person_without_a_stay(trigger: str) -> None:
    found = movement(parse(samples.adt(trigger, "A7")))
    assert (found.change, found.person.mrn, found.stay, found.missing) == (
        *("PERSON", "M1001", None),
        (),
    )


def test_diagnoses_but_those_taken_back() -> None:
    said = "DG1|1||i10^高血压||20261124|A\rDG1|2||C91.0||20261124|A\rDG1|3||I10|||A\r"
    gone = f"DG1|4||N18.5|||A{'|' * 15}D\r"
    found = movement(parse(samples.adt("A01") + said + gone))
    assert found.stay.diagnoses == ("I10", "C91.0")


def test_a_merge_names_both() -> None:
    found = movement(parse(samples.adt("A40", former="M9", mrn="M1")))
    assert (found.change, found.person.mrn, found.former, found.stay) == (
        "MERGED",
        "M1",
        "M9",
        None,
    )


def test_when_it_happened_comes_before_when_it_was_recorded() -> None:
    text = samples.adt("A02").replace(
        "EVN|A02|20261124080000", "EVN|A02|20261124090000||||20261124070000"
    )
    assert movement(parse(text)).stamp[0] == datetime(2026, 11, 23, 23, tzinfo=UTC)


def test_numbers_of_a_person() -> None:
    text = samples.adt("A08").replace(
        "M1001^^^JQ^MR", "990101198005060019^^^^NNCHN~X1^^^JQ^VN~M5^^^JQ^MR~M6^^^JQ^PI"
    )
    found = movement(parse(text)).person
    assert (found.mrn, found.id_no) == ("M5", "990101198005060019")


def test_what_is_missing_is_named() -> None:
    text = (
        "MSH|^~\\&|HIS|JQ|||20261124080000||ADT^A08|1|P|2.5\rPID|1||M1\rPV1|1||||||||||||||||||V1\r"
    )
    assert movement(parse(text)).missing == ("PV1-2", "PV1-3", "PV1-7")
    assert movement(parse(text.replace("V1\r", "\r"))).missing == ("PV1-19",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("MSH|^~\\&|H|J|||20261124||ADT^A01|1\rPID|1", "PID-3"),
        ("MSH|^~\\&|H|J|||20261124||ADT^A01|1", "PID-3"),
        ("MSH|^~\\&|H|J|||20261124||ADT^A40|1\rPID|1||M1", "MRG-1"),
        ("MSH|^~\\&|H|J|||||ADT^A01|1\rPID|1||M1", "EVN-2"),
    ],
)
def test_what_cannot_be_done_without(text: str, field: str) -> None:
    with pytest.raises(Unmappable) as refused:
        movement(parse(text))
    assert refused.value.data == {"field": field}
