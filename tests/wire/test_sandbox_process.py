"""The shared sandbox fixture is a real process that answers on both of its ports."""

import httpx

from tests.helpers.sandbox import Sandbox


def test_it_answers_and_hands_over_its_credentials(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.phone_url}/__wechat/", trust_env=False).status_code == 200
    assert httpx.get(f"{sandbox.url}/nowhere", trust_env=False).status_code == 404
    assert "WX_SANDBOX_APPID=" in (sandbox.home / "sandbox.env").read_text()
