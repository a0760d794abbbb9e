import io
import json
import logging

import pytest

from wx_backend.base import log


@pytest.fixture
def lines():
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log.configure("INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_has_the_event_its_fields_and_the_trace(lines):
    log.trace_id.set("t1")
    logging.getLogger("booking").info("order.paid", extra={"order": "ord1", "fen": 5000})
    logging.getLogger("booking").debug("too quiet")
    (line,) = lines()
    assert line.pop("ts").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "booking",
        "event": "order.paid",
        "trace": "t1",
        "order": "ord1",
        "fen": 5000,
    }


def test_personal_fields_lose_their_value_at_any_depth(lines):
    patient = {"id_no": "x", "Phone": "y", "age": 3, "of": [{"openid": "z"}]}
    logging.getLogger().info("seen", extra={"patient": patient, "openid": "o1"})
    (line,) = lines()
    assert line["patient"] == {
        "id_no": log.HIDDEN,
        "Phone": log.HIDDEN,
        "age": 3,
        "of": [{"openid": log.HIDDEN}],
    }
    assert line["openid"] == log.HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "110105194912310021",
        "13800138000",
        "+86 13800138000",
        "tel:13800138000,",
    ],
)
def test_numbers_that_look_personal_are_cut_out_everywhere(lines, text):
    logging.getLogger().info("about %s", text, extra={"note": text, "deep": [{"n": text}]})
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger().exception("failed")
    assert "13800138000" not in json.dumps(lines()) and "1949123100" not in json.dumps(lines())


def test_secrets_in_an_address_are_cut_out():
    text = log.scrub("GET /sns?appid=wx1&secret=S3&code=C9&lang=x failed: access_token=T0'")
    assert text == (
        "GET /sns?appid=wx1&secret=[hidden]&code=[hidden]&lang=x failed: access_token=[hidden]'"
    )


@pytest.mark.parametrize(
    "text",
    ["apt0138001380001234567890abcd", "4200001234567890123456789012", "2026-01-01T08:30:00.123"],
)
def test_our_ids_platform_ids_and_times_stay_readable(text):
    assert log.scrub(text) == text


def test_an_exception_is_told_with_its_trace_but_not_its_locals(lines):
    def fail():
        password_in_a_local = "hunter" + "2"
        raise RuntimeError("no luck") from KeyError(len(password_in_a_local))

    try:
        fail()
    except RuntimeError:
        logging.getLogger().exception("failed")
    error = lines()[0]["error"]
    assert "RuntimeError: no luck" in error and "KeyError: 7" in error
    assert "hunter2" not in error


def test_a_field_json_does_not_know_is_told_as_text(lines):
    logging.getLogger().info("odd", extra={"what": ValueError("13800138000")})
    assert lines()[0]["what"] == log.HIDDEN
