"""wechatpy made safe to use (protocols.md 1.1, 7): stable_token, single flight, time-outs, exactly
one retry.

As it comes, wechatpy repeats a call for ever on a permanent token error, fetches one token for
every thread, and fetches it without a time-out.
"""

import time
from typing import Any

import msgspec
import requests
from wechatpy import WeChatClient, WeChatOAuth
from wechatpy.exceptions import WeChatClientException

from wx_backend.gateways.wechat.tokens import TokenCache

ORIGIN = "https://api.weixin.qq.com"
TOKEN_REFUSED = frozenset({40001, 40014, 42001})


class TokenUnavailable(Exception):
    """No access token, so nothing was asked of the platform. `errcode` is its answer, None when
    there was none.
    """

    def __init__(self, errcode: int | None) -> None:
        super().__init__(f"no access token, errcode {errcode}")
        self.errcode = errcode


class _TokenAnswer(msgspec.Struct):
    access_token: str = ""
    expires_in: int = 0
    errcode: int | None = None


class TokenClient(WeChatClient):
    """wechatpy's client on our session, with stable tokens and one explicit retry when a token is
    refused.
    """

    def __init__(self, appid: str, secret: str, session: requests.Session) -> None:
        super().__init__(appid, secret, auto_retry=False)
        self._http = session
        self._tokens = TokenCache(self._fetch_stable, time.monotonic)

    @property
    def access_token(self) -> str:
        return self._tokens.get()

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        token = self._tokens.get()
        try:
            return super()._request(method, url_or_endpoint, **_with_token(kwargs, token))
        except WeChatClientException as refusal:
            # An upload's stream is spent: sent again it would be empty.
            if refusal.errcode not in TOKEN_REFUSED or "files" in kwargs:
                raise
        self._tokens.drop(token)
        return super()._request(method, url_or_endpoint, **_with_token(kwargs, self._tokens.get()))

    def _fetch_stable(self) -> tuple[str, int]:
        question = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        try:
            response = self._http.post(f"{ORIGIN}/cgi-bin/stable_token", json=question)
            answer = msgspec.json.decode(response.content, type=_TokenAnswer)
        except (requests.RequestException, msgspec.DecodeError) as failure:
            raise TokenUnavailable(None) from failure
        if not answer.access_token:
            raise TokenUnavailable(answer.errcode)
        return answer.access_token, answer.expires_in


class Login(WeChatOAuth):
    """wechatpy's OAuth client on our session. It keeps the person's tokens on itself: make one for
    each sign-in.
    """

    def __init__(self, appid: str, secret: str, session: requests.Session) -> None:
        super().__init__(appid, secret, redirect_uri="")
        self._http = session

    def code_to_session(self, js_code: str) -> dict[str, Any]:
        """`sns/jscode2session`; wechatpy's own would fetch an access token that this call does not
        need.
        """
        return self._get(
            "sns/jscode2session",
            params={
                "appid": self.app_id,
                "secret": self.secret,
                "js_code": js_code,
                "grant_type": "authorization_code",
            },
        )


def _with_token(kwargs: dict[str, Any], token: str) -> dict[str, Any]:
    return {**kwargs, "params": {**kwargs.get("params", {}), "access_token": token}}
