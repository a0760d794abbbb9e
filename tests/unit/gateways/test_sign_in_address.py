"""The address a person is sent to so as to sign in, as the platforms document it."""

from collections.abc import Iterator

import pytest

from tests.unit.gateways.wechat.test_callback import CONFIG as WECHAT
from tests.unit.gateways.wecom.test_callback import CONFIG as WECOM
from wx_backend.base.clock import WireClock
from wx_backend.gateways.registry import Gateways
from wx_backend.gateways.wechat.port import WeChatPort
from wx_backend.gateways.wecom.port import WeComPort

OPEN = "https://open.weixin.qq.com/connect/oauth2/authorize?appid="
BACK = (
    "&redirect_uri=https%3A%2F%2Fh.example.com%2Fback%3Fa%3D1"
    "&response_type=code&scope=snsapi_base&state=n0nce"
)


@pytest.fixture
def gateways() -> Iterator[Gateways]:
    made = Gateways(WireClock())
    yield made
    made.close()


@pytest.fixture(params=["wechat", "wecom"])
def client(request: pytest.FixtureRequest, gateways: Gateways) -> WeChatPort | WeComPort:
    if request.param == "wechat":
        return gateways.wechat("ch1", 1, WECHAT)
    return gateways.wecom("ch1", 1, WECOM)


def test_a_service_account_s(gateways: Gateways) -> None:
    """protocols.md 1.2."""
    address = gateways.wechat("ch1", 1, WECHAT).authorize_url(
        "https://h.example.com/back?a=1", "n0nce"
    )
    assert address == f"{OPEN}wx0123456789abcdef{BACK}#wechat_redirect"


def test_an_application_s(gateways: Gateways) -> None:
    """protocols.md 3.2."""
    address = gateways.wecom("ch1", 1, WECOM).authorize_url(
        "https://h.example.com/back?a=1", "n0nce"
    )
    assert address == f"{OPEN}wx5823bf96d3bd56c7{BACK}&agentid=218#wechat_redirect"


@pytest.mark.parametrize("state", ["", "a" * 129, "a&b", "状态"])
def test_a_state_the_platform_would_refuse_is_a_programming_error(client, state: str) -> None:
    with pytest.raises(ValueError, match="state"):
        client.authorize_url("https://h.example.com", state)
