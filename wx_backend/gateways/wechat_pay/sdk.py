"""wechatpayv3 in public-key mode on our pooled session (protocols.md 4.2-4.6).

As it comes, the library opens a new connection for every call, hides the response headers, guesses
the encoding of what it verifies, and looks for unknown keys on the network. Its signatures and its
verification are used unchanged.
"""

import json
import logging
from collections.abc import Mapping
from typing import IO, Any

import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization, load_public_key, rsa_verify

from wx_backend.base.clock import Clock
from wx_backend.gateways.http.asking import Untrusted
from wx_backend.gateways.http.download import fetch
from wx_backend.gateways.wechat_pay.guard import signed_headers
from wx_backend.gateways.wechat_pay.port import PayConfig

ORIGIN = "https://api.mch.weixin.qq.com"

logger = logging.getLogger(__name__)


class PooledCore(Core):
    """The library's core with our transport. Only what the platform signed is a success."""

    def __init__(self, config: PayConfig, session: requests.Session, clock: Clock) -> None:
        super().__init__(
            mchid=config.mchid,
            cert_serial_no=config.merchant_serial,
            private_key=config.merchant_private_key,
            apiv3_key=config.apiv3_key,
            public_key=config.public_key,
            public_key_id=config.public_key_id,
        )
        self._session = session
        self._clock = clock
        self._believed = {key: load_public_key(text) for key, text in config.platform_keys.items()}

    def request(
        self, path: str, method: RequestType = RequestType.GET, data: dict[str, Any] | None = None
    ) -> tuple[int, str]:
        """(status, body text). Raises `requests` errors, and `Untrusted` for a 2xx that does not
        verify.
        """
        body = json.dumps(data) if data else ""
        response = self._session.request(
            method.value,
            ORIGIN + path,
            data=body or None,
            headers={
                "Accept": "application/json",
                "Authorization": self._authorization(path, method, body),
                "Content-Type": "application/json",
                "User-Agent": "wx-backend",
                "Wechatpay-Serial": self._public_key_id,
            },
        )
        logger.info(
            "wechat_pay.answered",
            extra={
                "path": path.partition("?")[0],
                "status": response.status_code,
                "request_id": response.headers.get("Request-ID", ""),
            },
        )
        text = response.content.decode("utf-8", "replace")
        if response.ok:
            self._trust(response, text)
        return response.status_code, text

    def download(self, path: str) -> IO[bytes]:
        """A file of the platform, which does not sign it: the caller checks what it is.

        Raises `requests` errors and `BillBroken`.
        """
        headers = {"Authorization": self._authorization(path, RequestType.GET, "")}
        return fetch(self._session, ORIGIN + path, headers)

    def _authorization(self, path: str, method: RequestType, body: str) -> str:
        return build_authorization(
            path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body
        )

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        """With the key that the headers name, one of ours: they have passed `signed_headers`."""
        named = ("Timestamp", "Nonce", "Signature", "Serial")
        stamp, nonce, signature, serial = (headers[f"Wechatpay-{name}"] for name in named)
        return rsa_verify(stamp, nonce, body, signature, self._believed[serial])

    def _trust(self, response: requests.Response, text: str) -> None:
        headers = signed_headers(response.headers, self._believed, self._clock.now())
        if not self._verify_signature(headers, text):
            raise Untrusted("bad_signature")


def build(config: PayConfig, session: requests.Session, clock: Clock) -> WeChatPay:
    """The library's client. It never gets a logger: it would print keys and payers.

    Raises:
        ValueError: keys that are none.
    """
    try:
        sdk = WeChatPay(
            wechatpay_type=WeChatPayType.JSAPI,
            mchid=config.mchid,
            private_key=config.merchant_private_key,
            cert_serial_no=config.merchant_serial,
            appid=config.appids[0],
            apiv3_key=config.apiv3_key,
            notify_url=config.notify_url,
            public_key=config.public_key,
            public_key_id=config.public_key_id,
        )
        sdk._core = PooledCore(config, session, clock)
    except Exception as error:  # the library knows nothing narrower
        raise ValueError(str(error)) from error
    return sdk
