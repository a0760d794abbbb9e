"""The reader against the sandbox's own implementation of the envelope."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.entrypoints.sandbox import envelope
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wechat.callback import LARGEST, CallbackReader
from wx_backend.gateways.wechat.port import Subscription, WeChatConfig

CONFIG = WeChatConfig(
    appid="wx0123456789abcdef",
    secret="s",
    token="token",
    aes_key=base64.b64encode(bytes(range(32))).decode().rstrip("="),
)
READER = CallbackReader(CONFIG)
EVENT = {
    "ToUserName": "gh_1",
    "FromUserName": "o1",
    "CreateTime": 1700000000,
    "MsgType": "event",
    "Event": "TEMPLATESENDJOBFINISH",
    "MsgID": 200228332,
    "Status": "success",
}


def signed(sealed, token=CONFIG.token):
    query = {"timestamp": "1700000000", "nonce": "n1", "encrypt_type": "aes"}
    query["msg_signature"] = envelope.signature(token, "1700000000", "n1", sealed)
    return query, envelope.xml({"ToUserName": "gh_1", "Encrypt": sealed}).encode()


def delivery(fields, appid=CONFIG.appid, **more):
    text = fields if isinstance(fields, str) else envelope.xml(fields)
    return signed(envelope.encrypt(CONFIG.aes_key, text, appid), **more)


def reason(query, body):
    with pytest.raises(CallbackRejected) as rejected:
        READER.parse(query, body)
    assert rejected.value.status == 400
    return rejected.value.data["reason"]


def test_a_template_message_tells_how_it_ended():
    event = READER.parse(*delivery(EVENT))
    assert (event.kind, event.openid) == ("templatesendjobfinish", "o1")
    assert (event.msgid, event.status) == ("200228332", "success")


@pytest.mark.parametrize(
    ("fields", "kind", "event_key"),
    [
        ({"Event": "subscribe", "EventKey": ""}, "subscribe", None),
        (
            {"Event": "subscribe", "EventKey": "qrscene_dep7", "Ticket": "t"},
            "subscribe_scan",
            "dep7",
        ),
        ({"Event": "SCAN", "EventKey": "dep7", "Ticket": "t"}, "scan", "dep7"),
        ({"Event": "CLICK", "EventKey": "mine"}, "click", "mine"),
        ({"Event": "subscribe_msg_sent_event"}, "subscribe_msg_sent_event", None),
    ],
)
def test_known_and_unknown_events_are_read_alike(fields, kind, event_key):
    event = READER.parse(*delivery(EVENT | fields))
    assert (event.kind, event.event_key) == (kind, event_key)


def test_a_message_of_a_person_is_named_by_its_type():
    text = {"MsgType": "text", "Content": "你好", "MsgId": 77}
    event = READER.parse(*delivery({k: v for k, v in EVENT.items() if "M" not in k} | text))
    assert (event.kind, event.msgid) == ("message.text", "77")


def test_a_repetition_has_the_same_key_and_another_occasion_another():
    first, again = READER.parse(*delivery(EVENT)), READER.parse(*delivery(EVENT))
    assert first.dedupe_key == again.dedupe_key
    others = [
        EVENT | {"CreateTime": 1700000001},
        EVENT | {"MsgID": 1},
        EVENT | {"FromUserName": "o2"},
    ]
    assert first.dedupe_key not in {READER.parse(*delivery(other)).dedupe_key for other in others}


def test_a_wrong_token_or_a_changed_cipher_is_a_bad_signature():
    assert reason(*delivery(EVENT, token="other")) == "bad_signature"
    query, body = delivery(EVENT)
    assert reason(query, body.replace(b"<Encrypt>", b"<Encrypt>AAAA")) == "bad_signature"


def test_a_delivery_for_another_account_is_refused():
    assert reason(*delivery(EVENT, appid="wxother")) == "malformed"


def test_plain_deliveries_are_not_believed_even_with_a_good_signature():
    query = {"timestamp": "1", "nonce": "2", "signature": envelope.signature("token", "1", "2")}
    assert reason(query, envelope.xml(EVENT).encode()) == "not_encrypted"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<xml></xml>",
        "<xml><MsgType>event</MsgType></xml>",
        "<xml><MsgType><a/></MsgType><FromUserName>o</FromUserName></xml>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        envelope.xml(EVENT).replace("<FromUserName>o1", "<FromUserName><b>o1</b>"),
    ],
)
def test_a_signed_delivery_that_is_no_message_is_malformed(text):
    assert reason(*delivery(text)) == "malformed"


@given(st.binary(max_size=200))
def test_signed_junk_is_malformed(junk):
    assert reason(*signed(base64.b64encode(junk).decode() or "x")) == "malformed"


@given(
    st.dictionaries(st.sampled_from(["msg_signature", "timestamp", "nonce"]), st.text()),
    st.binary(max_size=200),
)
def test_junk_is_rejected_and_nothing_else(query, body):
    assert reason(query, body) in {"malformed", "bad_signature", "not_encrypted"}


def test_a_huge_body_is_not_even_read():
    assert reason({}, b"x" * (LARGEST + 1)) == "too_large"


def test_the_consoles_check_is_echoed_only_when_signed():
    query = {"timestamp": "1", "nonce": "2", "echostr": "e1"}
    query["signature"] = envelope.signature(CONFIG.token, "1", "2")
    assert READER.verify_url(query) == "e1"
    for wrong in ({}, query | {"nonce": "3"}, query | {"signature": ""}):
        with pytest.raises(CallbackRejected):
            READER.verify_url(wrong)


@pytest.mark.parametrize(
    ("kind", "element", "row", "expected"),
    [
        (
            "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent",
            {"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": 0},
            Subscription(template_id="t1", status="accept"),
        ),
        (
            "subscribe_msg_change_event",
            "SubscribeMsgChangeEvent",
            {"TemplateId": "t1", "SubscribeStatusString": "reject"},
            Subscription(template_id="t1", status="reject"),
        ),
        (
            "subscribe_msg_sent_event",
            "SubscribeMsgSentEvent",
            {"TemplateId": "t1", "MsgID": 7, "ErrorCode": 0, "ErrorStatus": "success"},
            Subscription(template_id="t1", status="success", msgid="7", error="0"),
        ),
    ],
)
def test_what_became_of_consents_is_told_for_each_template(kind, element, row, expected):
    other = row | {"TemplateId": "t2"}
    alone = READER.parse(*delivery(EVENT | {"Event": kind, element: {"List": row}}))
    assert (alone.kind, alone.subscriptions) == (kind, (expected,))
    both = READER.parse(*delivery(EVENT | {"Event": kind, element: {"List": [row, other]}}))
    assert [one.template_id for one in both.subscriptions] == ["t1", "t2"]
    assert both.dedupe_key != alone.dedupe_key
