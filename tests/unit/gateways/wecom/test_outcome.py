import pytest
import requests
from wechatpy.exceptions import WeChatClientException

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused
from wx_backend.gateways.wechat.failures import send_failure
from wx_backend.gateways.wecom.outcome import CODES, login_failure
from wx_backend.gateways.wecom.port import WeComCodeUsed


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (81013, SendRefused), (60111, SendRefused), (50002, SendRefused),
        (40058, SendInvalid), (40008, SendInvalid), (99999, SendInvalid),
        (-1, SendLater), (45009, SendLater), (45033, SendLater),
        (40014, SendLater), (60020, SendLater), (301002, SendLater), (43012, SendLater),
    ],
)  # fmt: skip
def test_each_code_of_a_send_means_one_thing_to_the_sender(errcode, kind):
    failure = send_failure(WeChatClientException(errcode, "words"), CODES)
    assert type(failure) is kind
    assert failure.data["platform_code"] == str(errcode)
    assert not getattr(failure, "tomorrow", False)  # WeCom blocks for a minute or an hour


def test_sign_in_failures():
    assert type(login_failure(WeChatClientException(40029, "used"))) is WeComCodeUsed
    assert type(login_failure(WeChatClientException(60020, "ip"))) is GatewayRefused
    assert type(login_failure(requests.ReadTimeout("t"))) is GatewayUnknown
