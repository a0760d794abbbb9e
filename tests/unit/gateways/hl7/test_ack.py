"""Acknowledgements as a sender reads them."""

from datetime import UTC, datetime

import hl7
import pytest

from tests.helpers import hl7 as samples
from wx_backend.gateways.hl7 import ack
from wx_backend.gateways.hl7.ack import Fault, acknowledge
from wx_backend.gateways.hl7.message import envelope, parse

AT = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)


def test_accepted_goes_back_the_way_it_came() -> None:
    answer = parse(acknowledge(parse(samples.oru("C7")), "AA", "R1", AT))
    assert [answer.get("MSH", n) for n in (3, 4, 5, 6, 10, 11, 12, 18)] == [
        *("WX", "JQ", "LIS", "JQ", "R1", "P", "2.5", "UNICODE UTF-8")
    ]  # fmt: skip
    assert answer.get("MSH", 7) == "20261124083000+0800"
    assert answer.kind == "ACK^R01"
    assert (answer.get("MSA", 1), answer.get("MSA", 2)) == ("AA", "C7")
    assert answer.first("ERR") is None


def test_a_refusal_names_the_field() -> None:
    answer = parse(acknowledge(parse(samples.oru()), "AE", "R1", AT, Fault("101", "MSH-10")))
    assert answer.get("MSA", 1) == "AE"
    assert [answer.get("ERR", 2, 1, comp) for comp in (1, 3)] == ["MSH", "10"]
    assert answer.get("ERR", 3) == "101"
    assert answer.get("ERR", 4) == "E"


def test_an_unreadable_message_gets_an_answer_too() -> None:
    answer = parse(acknowledge(None, "AR", "R1", AT, Fault("100", "MSH", "no_header")))
    assert (answer.get("MSA", 1), answer.get("MSA", 2), answer.get("MSA", 3)) == (
        "AR",
        "",
        "no_header",
    )


def test_in_the_sender_s_separators() -> None:
    message = parse("MSH$#@!%$LIS$A$WX$B$$$ORU#R01$9$P$2.4\r")
    text = acknowledge(message, "AA", "R1", AT)
    assert text.startswith("MSH$#@!%$WX$B$LIS$A$")
    assert parse(text).get("MSA", 2) == "9"


def test_python_hl7_reads_it() -> None:
    text = acknowledge(parse(samples.oru("C7")), "AA", "R1", AT)
    assert str(hl7.parse(text).segment("MSA")) == "MSA|AA|C7|"


ANSWERS = [acknowledge(parse(samples.oru(name)), "AA", "R1", AT) for name in ("C1", "C2")]


def test_a_batch_without_an_envelope_is_answered_in_order() -> None:
    text = ack.batch(ANSWERS, {}, "R9", AT)
    assert text.startswith("BHS|^~\\&\r")
    assert text.endswith("BTS|2\r")
    assert text.index("C1") < text.index("C2")


def test_a_batch_is_answered_in_its_own_envelope() -> None:
    came = "FHS|^~\\&|LIS|JQ|WX|HQ|||||F7\rBHS|^~\\&|LIS|JQ|WX|HQ|||||B7\rBTS|0\rFTS|1\r"
    rows = ack.batch(ANSWERS, envelope(came), "R9", AT).split("\r")
    at = "20261124083000+0800"
    assert rows[0] == f"FHS|^~\\&|WX|HQ|LIS|JQ|{at}||||R9|F7"
    assert rows[1] == f"BHS|^~\\&|WX|HQ|LIS|JQ|{at}||||R9|B7"
    assert rows[-3:] == ["BTS|2", "FTS|1", ""]


def asking(accept: str, application: str):
    """A message with MSH-15 and MSH-16."""
    text = samples.oru("C7").replace("|P|2.5|||||", f"|P|2.5|||{accept}|{application}|")
    return parse(text)


@pytest.mark.parametrize(
    ("asked", "verdict", "codes"),
    [
        (("", ""), "AA", "AA"),
        (("AL", "NE"), "AA", "CA"),
        (("AL", ""), "AA", "CA"),
        (("AL", "AL"), "AA", "CA AA"),
        (("al", "su"), "AA", "CA AA"),
        (("NE", "AL"), "AA", "AA"),
        (("ER", "ER"), "AA", ""),
        (("NE", "NE"), "AA", ""),
        (("P", "AL"), "AA", "AA"),
        (("", ""), "AE", "AE"),
        (("AL", "AL"), "AE", "CE"),
        (("ER", "NE"), "AR", "CR"),
        (("SU", "AL"), "AE", "AE"),
        (("NE", "ER"), "AR", "AR"),
        (("SU", "SU"), "AE", ""),
    ],
)
def test_what_the_sender_asks_to_hear(asked, verdict, codes) -> None:
    assert ack.codes(asking(*asked), verdict) == tuple(codes.split())
    assert ack.codes(asking(*asked), verdict, enhanced=False) == (verdict,)


def test_who_cannot_be_read_is_answered_in_the_original_mode() -> None:
    assert ack.codes(None, "AR") == ("AR",)
