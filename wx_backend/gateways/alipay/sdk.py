"""python-alipay-sdk on our pooled session (protocols.md 5.1-5.2).

As it comes, the library puts everything into the address of a GET (names of patients in proxies'
logs), opens a connection for every call, stamps the machine's local time, and finds the signed
part of an answer by counting braces. Its signatures and its verification are used unchanged.
"""

import json
import logging
from typing import Any
from urllib.parse import parse_qsl

import requests
from alipay import AliPay

from wx_backend.base.clock import Clock, local_time
from wx_backend.gateways.alipay.port import AlipayConfig
from wx_backend.gateways.alipay.signed import NotAnAnswer, members
from wx_backend.gateways.http.asking import Untrusted

ORIGIN = "https://openapi.alipay.com"
GATEWAY = f"{ORIGIN}/gateway.do"

logger = logging.getLogger(__name__)
logging.getLogger("python-alipay-sdk").handlers.clear()  # it prints what it signs


class PooledAliPay(AliPay):
    """The library's client with our transport. Every answer is verified before it is read."""

    def __init__(self, config: AlipayConfig, session: requests.Session, clock: Clock) -> None:
        given = {
            "appid": config.app_id,
            "app_notify_url": config.notify_url,
            "app_private_key_string": config.app_private_key,
            "sign_type": "RSA2",
        }
        super().__init__(alipay_public_key_string=config.alipay_public_key, **given)
        self._session, self._clock = session, clock
        self._verifiers = [
            AliPay(alipay_public_key_string=text, **given)._verify for text in config.platform_keys
        ]

    def build_body(self, method: str, biz_content: Any = None, **top: Any) -> dict[str, Any]:
        """The platform reads times as Beijing's, whatever this machine's zone is."""
        now = local_time(self._clock.now()).strftime("%Y-%m-%d %H:%M:%S")
        body = super().build_body(method, biz_content, **top) | {"timestamp": now, "format": "JSON"}
        return body if biz_content else {k: v for k, v in body.items() if k != "biz_content"}

    def address(self, data: dict[str, Any]) -> str:
        """Where a browser goes with a signed request."""
        return f"{GATEWAY}?{self.sign_data(data)}"

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> dict[str, Any]:
        """The object of a signed answer, refusals included; of an unsigned one the refusal, marked
        `unsigned`, for the platform does not sign what it cannot attribute.

        Raises `requests` errors, and `Untrusted` (not_json, bad_signature).
        """
        form = dict(parse_qsl(self.sign_data(data), keep_blank_values=True))
        response = self._session.post(
            GATEWAY, params={"charset": "utf-8"}, data=form, headers={"User-Agent": "wx-backend"}
        )
        logger.info(
            "alipay.answered", extra={"method": data["method"], "status": response.status_code}
        )
        response.raise_for_status()
        return self._trusted(response.content.decode("utf-8", "replace"), response_type)

    def _trusted(self, text: str, name: str) -> dict[str, Any]:
        try:
            parts = members(text)
        except NotAnAnswer as error:
            raise Untrusted("not_json") from error
        said = next((parts[key] for key in (name, "error_response") if key in parts), None)
        if said is None:
            raise Untrusted("not_json")
        answer = json.loads(said)
        if not isinstance(answer, dict):
            raise Untrusted("not_json")
        if "sign" not in parts:
            return answer | {"unsigned": True}
        if not self.signed(said, json.loads(parts["sign"])):
            raise Untrusted("bad_signature")
        return answer

    def signed(self, content: str, signature: object) -> bool:
        """Whether the platform has signed exactly this, with either of its keys."""
        try:
            return any(verify(content, str(signature)) for verify in self._verifiers)
        except ValueError:  # not even base64
            return False
