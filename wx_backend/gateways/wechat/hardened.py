"""wechatpy's clients made safe to use (protocols.md 1.1, 3.1, 7): single flight, time-outs, exactly
one retry. The service account's client and WeCom's are both built on it.

As they come, they repeat a call for ever on a permanent token error, fetch one token for every
thread, and fetch it without a time-out.
"""

import time
from abc import abstractmethod
from typing import Any

import msgspec
import requests
from wechatpy.client.base import BaseWeChatClient
from wechatpy.exceptions import WeChatClientException

from wx_backend.gateways.wechat.tokens import TokenCache

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


class Hardened(BaseWeChatClient):
    """On our session, with one token for all threads and one explicit retry when it is refused.

    Stands before a client of wechatpy in a list of bases; `identity` is its first argument.
    """

    def __init__(self, identity: str, secret: str, session: requests.Session) -> None:
        super().__init__(identity, secret, auto_retry=False)
        self._http = session
        self._tokens = TokenCache(self._fetch, time.monotonic)

    @abstractmethod
    def _ask_token(self) -> requests.Response:
        """The platform's answer to "a token, please"."""

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

    def _fetch(self) -> tuple[str, int]:
        try:
            answer = msgspec.json.decode(self._ask_token().content, type=_TokenAnswer)
        except (requests.RequestException, msgspec.DecodeError) as failure:
            raise TokenUnavailable(None) from failure
        if not answer.access_token:
            raise TokenUnavailable(answer.errcode)
        return answer.access_token, answer.expires_in


def _with_token(kwargs: dict[str, Any], token: str) -> dict[str, Any]:
    return {**kwargs, "params": {**kwargs.get("params", {}), "access_token": token}}
