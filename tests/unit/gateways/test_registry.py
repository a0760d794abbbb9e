import pytest

from tests.unit.gateways.wechat.test_callback import CONFIG as WECHAT
from tests.unit.gateways.wechat_pay.test_callback import CONFIG as PAY
from tests.unit.gateways.wecom.test_callback import CONFIG as WECOM
from wx_backend.base.clock import WireClock
from wx_backend.gateways.registry import Gateways


@pytest.fixture
def gateways():
    made = Gateways(WireClock())
    yield made
    made.close()


def test_a_channel_keeps_its_client_until_its_credentials_change(gateways):
    first = gateways.wechat("ch1", 1, WECHAT)
    assert gateways.wechat("ch1", 1, WECHAT) is first
    assert gateways.wechat("ch1", 2, WECHAT) is not first
    assert gateways.wechat("ch2", 1, WECHAT) is not gateways.wechat("ch1", 2, WECHAT)
    merchant = gateways.wechat_pay("ch1", 1, PAY)
    assert gateways.wechat_pay("ch1", 1, PAY) is merchant
    assert gateways.wechat_pay("ch1", 2, PAY) is not merchant
    application = gateways.wecom("ch1", 1, WECOM)
    assert gateways.wecom("ch1", 1, WECOM) is application
    assert gateways.wecom("ch1", 2, WECOM) is not application


def test_the_client_with_old_credentials_is_disconnected(gateways, monkeypatch):
    gone = []
    old = gateways.wechat_pay("ch1", 1, PAY)
    monkeypatch.setattr(old, "disconnect", lambda: gone.append(old))
    gateways.wechat_pay("ch1", 1, PAY)
    assert gone == []
    gateways.wechat_pay("ch1", 2, PAY)
    assert gone == [old]
