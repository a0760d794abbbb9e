import pytest

from wx_backend.base.bridge import Pool
from wx_backend.gateways.wecom.client import Application

from .test_callback import CONFIG


@pytest.fixture
def application():
    pool = Pool("test", 1)
    application = Application(CONFIG, pool)
    yield application
    application.disconnect()
    pool.close()


def test_the_sign_in_address_is_the_one_the_platform_documents(application):
    """protocols.md 3.2."""
    assert application.authorize_url("https://h.example.com/back?a=1", "n0nce") == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx5823bf96d3bd56c7"
        "&redirect_uri=https%3A%2F%2Fh.example.com%2Fback%3Fa%3D1"
        "&response_type=code&scope=snsapi_base&state=n0nce&agentid=218#wechat_redirect"
    )


@pytest.mark.parametrize("state", ["", "a" * 129, "a&b", "状态"])
def test_a_state_the_platform_would_refuse_is_a_programming_error(application, state):
    with pytest.raises(ValueError, match="state"):
        application.authorize_url("https://h.example.com", state)
