"""ORU messages in our words: no result is lost, whatever else is missing."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import hl7 as samples
from tests.unit.gateways.hl7.test_message import damaged
from wx_backend.gateways.his.port import Clinician, Person
from wx_backend.gateways.hl7.message import NotHl7, Unmappable, parse
from wx_backend.gateways.lis.mapping import reports

HEAD = "MSH|^~\\&|LIS|JQ|||20261124083000||ORU^R01|C1|P|2.5\r"


def one(text: str):
    (found,) = reports(parse(text))
    return found


def value(obx: str) -> str:
    return one(f"{HEAD}PID|1||M1\rOBR|1||S1\r{obx}\r").items[0].value


def test_thirty_results() -> None:
    found = one(samples.thirty())
    assert len(found.items) == 30
    assert (found.source, found.lis_id, found.title) == ("LIS|JQ", "S3001", "生化全套")
    assert (found.status, found.specimen, found.visit_no) == ("F", "血清", "V2001")
    assert found.resulted_at == datetime(2026, 11, 24, 0, 29, tzinfo=UTC)
    assert found.orderer == Clinician("D01", "李医生")
    assert found.missing == ()
    potassium = found.items[4]
    assert (potassium.key, potassium.code, potassium.loinc) == ("K", "K", "2823-3")
    assert (potassium.value, potassium.unit, potassium.range) == ("4.1", "mmol/L", "3.5-5.3")
    assert (potassium.flags, potassium.status) == (("N",), "F")


@pytest.mark.parametrize(
    ("obx", "expected"),
    [
        ("OBX|1|SN|A||>^1000", ">1000"),
        ("OBX|1|SN|A||^1^:^128", "1:128"),
        ("OBX|1|ST|A||阳性(+)", "阳性(+)"),
        ("OBX|1|CE|A||POS^阳性^L~NEG^阴性^L", "阳性；阴性"),
        ("OBX|1|NM|A||41~42", "41；42"),
        ("OBX|1|CWE|A||POS", "POS"),
        ("OBX|1|TX|A||first~second \\T\\ third", "first\nsecond & third"),
        ("OBX|1|FT|A||a\\.br\\b", "a\nb"),
        ("OBX|1|ED|A||PDF^^^Base64^JVBERi0", ""),
        ("OBX|1|NM|A||", ""),
    ],
)
def test_values_of_every_type(obx: str, expected: str) -> None:
    assert value(obx) == expected


def test_loinc_in_either_place() -> None:
    first = one(f"{HEAD}OBX|1|NM|2823-3^Potassium^LN^K^钾^L||4").items[0]
    alone = one(f"{HEAD}OBX|1|NM|2823-3^Potassium^LN||4").items[0]
    assert (first.code, first.loinc, first.name) == ("K", "2823-3", "Potassium")
    assert (alone.code, alone.loinc, alone.key) == ("", "2823-3", "2823-3")


def test_flags_repeat() -> None:
    assert one(f"{HEAD}OBX|1|NM|K||7|mmol/L||H~hh").items[0].flags == ("H", "HH")


def test_keys_tell_equal_codes_apart() -> None:
    found = one(f"{HEAD}OBX|1|NM|K||4\rOBX|2|NM|K|2|5\rOBX|3|NM|K||6\rOBX|4|NM|||7")
    assert [item.key for item in found.items] == ["K", "K/2", "K#2", "?"]


def test_orders_of_one_number_are_one_report() -> None:
    text = HEAD + "PID|1||M1\rOBR|1||S1\rOBX|1|NM|K||4\r"
    text += "OBR|2||S2\rOBX|1|NM|NA||140\rOBR|3||S1\rOBX|1|NM|CL||99"
    found = reports(parse(text))
    assert [(r.lis_id, [i.code for i in r.items]) for r in found] == [
        ("S1", ["K", "CL"]),
        ("S2", ["NA"]),
    ]


def test_results_of_two_patients_stay_apart() -> None:
    text = f"{HEAD}PID|1||M1\rOBR|1||S1\rOBX|1|NM|K||4\rPID|2||M2\rOBR|1||S1\rOBX|1|NM|K||9\r"
    found = reports(parse(text))
    assert [(r.person.mrn, r.items[0].value) for r in found] == [("M1", "4"), ("M2", "9")]


def test_notes_belong_to_their_result() -> None:
    found = one(f"{HEAD}OBR|1||S1\rNTE|1||order\rOBX|1|NM|K||9\rNTE|1||溶血\rNTE|2||复查\r")
    assert found.items[0].note == "溶血\n复查"


@pytest.mark.parametrize(
    ("order", "results", "status"),
    [
        ("C", "F", "C"),
        ("", "F", "F"),
        ("", "FP", "P"),
        ("", "FC", "C"),
        ("", "D", "X"),
        ("", "", "P"),
    ],
)
def test_status_of_a_report(order: str, results: str, status: str) -> None:
    obx = "".join(f"OBX|{n}|NM|K||4||||||{one}\r" for n, one in enumerate(results))
    assert one(f"{HEAD}OBR|1||S1{'|' * 22}{order}\r{obx}").status == status


def test_results_without_anything_else_are_still_mapped() -> None:
    found = one(f"{HEAD}OBX|1|NM|K||9.9|mmol/L||HH\r")
    assert found.person == Person(mrn="")
    assert found.lis_id == "#C1:"
    assert found.missing == ("OBR-3", "PID-3", "OBR-22")
    assert found.items[0].flags == ("HH",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (f"{HEAD}PID|1||M1\r", "OBR"),
        (HEAD.replace("20261124083000", "") + "OBX|1|NM|K||4", "MSH-7"),
    ],
)
def test_what_cannot_be_mapped(text: str, field: str) -> None:
    with pytest.raises(Unmappable) as refused:
        reports(parse(text))
    assert refused.value.data == {"field": field}


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_a_damaged_message_keeps_every_obx_it_still_has(seed: int, blows: int) -> None:
    try:
        message = parse(damaged(samples.thirty(), random.Random(seed), blows))
        found = reports(message)
    except (NotHl7, Unmappable):
        return
    results = sum(1 for _ in message.all("OBX"))
    assert sum(len(report.items) for report in found) == results
