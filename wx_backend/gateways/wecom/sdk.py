"""wechatpy's client of a WeCom application, hardened like the service account's."""

import requests
from wechatpy.enterprise import WeChatClient

from wx_backend.gateways.wechat.hardened import Hardened

ORIGIN = "https://qyapi.weixin.qq.com"


class AgentClient(Hardened, WeChatClient):
    """The client of one application. Its token belongs to the application's secret."""

    def _ask_token(self) -> requests.Response:
        question = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._http.get(f"{ORIGIN}/cgi-bin/gettoken", params=question)
