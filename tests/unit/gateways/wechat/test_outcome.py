import msgspec
import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError
from wechatpy.exceptions import APILimitedException, WeChatClientException, WeChatOAuthException

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.wechat.failures import send_failure
from wx_backend.gateways.wechat.hardened import TokenUnavailable
from wx_backend.gateways.wechat.outcome import CODES, login_failure
from wx_backend.gateways.wechat.port import WeChatCodeUsed

REFUSED_CONNECTION = requests.ConnectionError(
    MaxRetryError(None, "/", NewConnectionError(HTTPConnection("127.0.0.1"), "refused"))
)


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (43004, SendRefused), (43101, SendRefused), (40003, SendRefused), (43019, SendRefused),
        (40037, SendInvalid), (47003, SendInvalid), (41030, SendInvalid), (99999, SendInvalid),
        (-1, SendLater), (45011, SendLater),
        (40001, SendLater), (40014, SendLater), (42001, SendLater), (40164, SendLater),
    ],
)  # fmt: skip
def test_each_code_of_a_send_means_one_thing_to_the_sender(errcode, kind):
    failure = send_failure(WeChatClientException(errcode, "words"), CODES)
    assert type(failure) is kind
    assert failure.data["platform_code"] == str(errcode)
    assert not getattr(failure, "tomorrow", False)


@pytest.mark.parametrize("error", [APILimitedException(45009, "limit"), TokenUnavailable(45009)])
def test_the_daily_limit_waits_for_tomorrow(error):
    failure = send_failure(error, CODES)
    assert type(failure) is SendLater
    assert failure.tomorrow


@pytest.mark.parametrize(
    "error", [TokenUnavailable(None), TokenUnavailable(40125), REFUSED_CONNECTION]
)
def test_what_surely_was_not_sent_is_sent_later(error):
    assert type(send_failure(error, CODES)) is SendLater


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout("t"),
        requests.ConnectionError("reset"),
        requests.exceptions.ChunkedEncodingError("half"),
        WeChatClientException(None, None),
        msgspec.ValidationError("no msgid"),
        TypeError("not an object"),
    ],
)
def test_what_may_have_been_sent_is_unknown(error):
    assert type(send_failure(error, CODES)) is SendUnknown


@pytest.mark.parametrize("errcode", [40029, 40163])
def test_a_spent_code_means_sign_in_again(errcode):
    assert type(login_failure(WeChatOAuthException(errcode, "used"))) is WeChatCodeUsed


def test_other_sign_in_failures_are_refused_or_unknown():
    refused = login_failure(WeChatOAuthException(40125, "invalid appsecret"))
    assert type(refused) is GatewayRefused
    assert refused.data == {"platform_code": "40125", "platform_message": "invalid appsecret"}
    for error in (requests.ReadTimeout("t"), KeyError("openid"), WeChatOAuthException(None, None)):
        assert type(login_failure(error)) is GatewayUnknown
