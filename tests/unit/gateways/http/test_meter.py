import pytest

from tests.helpers import counted
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.http.meter import measured
from wx_backend.gateways.sending import SendUnknown


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (None, "ok"),
        (GatewayRefused(), "refused"),
        (GatewayUnknown(), "unknown"),
        (SendUnknown(), "unknown"),
        (ZeroDivisionError(), "error"),
    ],
)
def test_every_end_of_a_call_is_counted_under_its_name(failure, outcome):
    call = f"test_{outcome}_{type(failure).__name__}"
    try:
        with measured("wechat", call):
            if failure:
                raise failure
    except type(failure) as raised:
        assert raised is failure
    line = f'call="{call}",outcome="{outcome}",platform="wechat"}} 1.0'
    assert f"wx_gateway_call_seconds_count{{{line}" in counted.text()
