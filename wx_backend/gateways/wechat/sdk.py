"""wechatpy's clients of a service account, hardened: stable_token instead of token, and web login
on our session.
"""

from typing import Any

import requests
from wechatpy import WeChatClient, WeChatOAuth

from wx_backend.gateways.wechat.hardened import Hardened

ORIGIN = "https://api.weixin.qq.com"


class TokenClient(Hardened, WeChatClient):
    """The client of one account, with stable tokens."""

    def _ask_token(self) -> requests.Response:
        question = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        return self._http.post(f"{ORIGIN}/cgi-bin/stable_token", json=question)


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
