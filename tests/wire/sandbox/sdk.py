"""The unmodified SDKs, pointed at the sandbox in the ways of protocols.md section 0."""

from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpy import WeChatClient, WeChatOAuth

from wx_backend.entrypoints.sandbox.keys import Keys

_TIMEOUT = (3, 8)
_API = "https://api.weixin.qq.com"


class Rewrite(HTTPAdapter):
    """Sends calls for the real host to the sandbox instead."""

    def __init__(self, to: str) -> None:
        self.to = to
        super().__init__()

    def send(self, request: Any, timeout: Any = None, **more: Any) -> Response:
        request.url = request.url.replace(_API, f"{self.to}/wx", 1)
        return super().send(request, timeout=timeout or _TIMEOUT, **more)


def wechat_sdk(base: str, keys: Keys) -> WeChatClient:
    client = WeChatClient(keys.appid, keys.secret, auto_retry=False)
    client._http.mount(f"{_API}/", Rewrite(base))
    return client


def oauth_sdk(base: str, keys: Keys, redirect_uri: str, **more: str) -> WeChatOAuth:
    client = WeChatOAuth(keys.appid, keys.secret, redirect_uri, **more)
    client.OAUTH_BASE_URL = f"{base}/open/connect/"
    client._http.mount(f"{_API}/", Rewrite(base))
    return client


def merchant_sdk(base: str, keys: Keys, notify_url: str, **changed: str) -> WeChatPay:
    settings = {
        "mchid": keys.mchid,
        "private_key": keys.merchant_pem,
        "cert_serial_no": keys.merchant_serial,
        "apiv3_key": keys.apiv3_key,
        "appid": keys.appid,
        "public_key": keys.public_pem,
        "public_key_id": keys.public_key_id,
        "notify_url": notify_url,
    } | changed
    client = WeChatPay(wechatpay_type=WeChatPayType.JSAPI, timeout=_TIMEOUT, **settings)
    client._core._gate_way = base
    return client
