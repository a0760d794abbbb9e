"""The reader against the platform's published vector and the sandbox's own envelope."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.sandbox.test_vectors import AES_KEY, CORP, SEALED, TOKEN
from wx_backend.entrypoints.sandbox import envelope
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wecom.callback import LARGEST, CallbackReader
from wx_backend.gateways.wecom.port import WeComConfig

CONFIG = WeComConfig(corp_id=CORP, agent_id=218, secret="s", token=TOKEN, aes_key=AES_KEY)
READER = CallbackReader(CONFIG)
TAP = {
    "ToUserName": CORP,
    "FromUserName": "Zhou-Qiming",
    "CreateTime": 1700000000,
    "MsgType": "event",
    "Event": "template_card_event",
    "EventKey": "received",
    "TaskId": "crit1",
    "CardType": "button_interaction",
    "ResponseCode": "rc1",
    "AgentID": 218,
}


def signed(sealed, token=TOKEN):
    query = {"timestamp": "1700000000", "nonce": "n1"}
    query["msg_signature"] = envelope.signature(token, "1700000000", "n1", sealed)
    return query, envelope.xml({"ToUserName": CORP, "Encrypt": sealed}).encode()


def delivery(fields, corp=CORP, **more):
    text = fields if isinstance(fields, str) else envelope.xml(fields)
    return signed(envelope.encrypt(AES_KEY, text, corp), **more)


def reason(query, body):
    with pytest.raises(CallbackRejected) as rejected:
        READER.parse(query, body)
    assert rejected.value.status == 400
    return rejected.value.data["reason"]


def test_the_published_vector():
    """protocols.md 3.4."""
    query = {
        "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
        "timestamp": "1409659813",
        "nonce": "1372623149",
    }
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{SEALED}</Encrypt></xml>".encode()
    message = READER.parse(query, body)
    assert (message.kind, message.userid) == ("message.text", "mycreate")
    assert reason(query | {"nonce": "1"}, body) == "bad_signature"


def test_a_tap_brings_all_that_is_needed_to_answer_it():
    tap = READER.parse(*delivery(TAP))
    assert (tap.kind, tap.userid) == ("template_card_event", "zhou-qiming")
    assert (tap.task_id, tap.event_key, tap.response_code) == ("crit1", "received", "rc1")
    assert tap.chosen == {}


@pytest.mark.parametrize(
    ("items", "chosen"),
    [
        ("", {}),
        (
            {"SelectedItem": {"QuestionKey": "k", "OptionIds": {"OptionId": "6.8"}}},
            {"k": ("6.8",)},
        ),
        (
            {
                "SelectedItem": [
                    {"QuestionKey": "k", "OptionIds": {"OptionId": ["a", "b"]}},
                    {"QuestionKey": "m", "OptionIds": {"OptionId": "c"}},
                ]
            },
            {"k": ("a", "b"), "m": ("c",)},
        ),
    ],
)
def test_what_was_chosen_may_be_one_or_many(items, chosen):
    assert READER.parse(*delivery(TAP | {"SelectedItems": items})).chosen == chosen


def test_a_repetition_has_the_same_key_and_another_tap_another():
    first, again = READER.parse(*delivery(TAP)), READER.parse(*delivery(TAP))
    assert first.dedupe_key == again.dedupe_key
    others = [{"ResponseCode": "rc2"}, {"FromUserName": "he"}, {"EventKey": "pass"}]
    others = {READER.parse(*delivery(TAP | other)).dedupe_key for other in others}
    assert len(others) == 3 and first.dedupe_key not in others


def test_a_delivery_that_is_not_for_us_is_refused():
    assert reason(*delivery(TAP, token="other")) == "bad_signature"
    assert reason(*delivery(TAP, corp="wwother")) == "malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<xml></xml>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        envelope.xml(TAP).replace("<TaskId>crit1", "<TaskId><b>crit1</b>"),
        envelope.xml(TAP | {"SelectedItems": {"SelectedItem": "x"}}),
        envelope.xml(TAP | {"SelectedItems": "x"}),
    ],
)
def test_a_signed_delivery_that_is_no_message_is_malformed(text):
    assert reason(*delivery(text)) == "malformed"


@given(
    st.dictionaries(st.sampled_from(["msg_signature", "timestamp", "nonce"]), st.text()),
    st.binary(max_size=200),
)
def test_junk_is_rejected_and_nothing_else(query, body):
    assert reason(query, body) in {"malformed", "bad_signature"}


@given(st.binary(max_size=200))
def test_signed_junk_is_malformed(junk):
    assert reason(*signed(base64.b64encode(junk).decode() or "x")) == "malformed"


def test_a_huge_body_is_not_even_read():
    assert reason({}, b"x" * (LARGEST + 1)) == "too_large"


def test_the_consoles_check_is_answered_with_what_it_hid():
    echo = envelope.encrypt(AES_KEY, "1616140317555161061", CORP)
    query, _ = signed(echo)
    assert READER.verify_url(query | {"echostr": echo}) == "1616140317555161061"
    for wrong in ({}, query, query | {"echostr": echo, "nonce": "x"}):
        with pytest.raises(CallbackRejected):
            READER.verify_url(wrong)
