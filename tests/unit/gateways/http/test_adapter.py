import pytest
import requests

from wx_backend.gateways.http.adapter import never_sent, platform_session

ORIGIN = "https://api.example.com"
NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example.com/x", "http://api.example.com/x", f"{ORIGIN}.evil.com/x"]
)
def test_only_the_platforms_own_address_can_be_called(url):
    with (
        platform_session(ORIGIN, NOBODY) as session,
        pytest.raises(requests.exceptions.InvalidSchema),
    ):
        session.get(url)


def test_a_call_goes_to_the_address_of_our_settings_and_not_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:2")
    session = platform_session(ORIGIN, f"{NOBODY}/wx/")
    with session, pytest.raises(requests.ConnectionError) as failed:
        session.get(f"{ORIGIN}/cgi-bin/token")
    assert failed.value.request.url == f"{NOBODY}/wx/cgi-bin/token"
    assert never_sent(failed.value)


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout("t"),
        requests.ConnectionError("reset"),
        requests.exceptions.ChunkedEncodingError("half"),
        requests.RequestException(),
    ],
)
def test_anything_after_the_connection_may_have_been_seen(error):
    assert not never_sent(error)


def test_no_connection_in_time_means_not_sent():
    assert never_sent(requests.ConnectTimeout("t"))
