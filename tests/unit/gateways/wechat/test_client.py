import pytest

from wx_backend.base.bridge import Pool
from wx_backend.gateways.wechat.client import ServiceAccount

from .test_callback import CONFIG


@pytest.fixture
def account():
    pool = Pool("test", 1)
    account = ServiceAccount(CONFIG, pool)
    yield account
    account.disconnect()
    pool.close()


def test_the_sign_in_address_is_the_one_the_platform_documents(account):
    """protocols.md 1.2."""
    assert account.authorize_url("https://h.example.com/wx/back?a=1", "n0nce") == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef"
        "&redirect_uri=https%3A%2F%2Fh.example.com%2Fwx%2Fback%3Fa%3D1"
        "&response_type=code&scope=snsapi_base&state=n0nce#wechat_redirect"
    )


@pytest.mark.parametrize("state", ["", "a" * 129, "a&b", "状态"])
def test_a_state_the_platform_would_refuse_is_a_programming_error(account, state):
    with pytest.raises(ValueError, match="state"):
        account.authorize_url("https://h.example.com", state)
