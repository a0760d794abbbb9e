"""Base of qyapi.weixin.qq.com under `/qy`."""

from typing import Any

from wx_backend.entrypoints.sandbox.tokens import Tokens, WechatError
from wx_backend.entrypoints.sandbox.wechat_wire import CODE_OF, WORDS, WechatHandler


class AgentHandler(WechatHandler):
    """Like the service account's endpoints, with WeCom's codes."""

    code_of = CODE_OF | {
        "token_expired": 42001, "refused": 81013, "bad_template": 40058, "ip_denied": 60020,
    }  # fmt: skip
    words = WORDS | {
        40058: "invalid Request Parameter",
        45033: "api concurrent out of limit",
        60020: "not allow to access from your ip",
        81013: "user & party & tag all invalid",
    }

    @property
    def tokens(self) -> Tokens:
        return self.box.corp.tokens

    def agent_check(self, agent: Any) -> None:
        """Judge the application's number: 301002 when it is not ours."""
        if str(agent) != str(self.box.keys.agent_id):
            raise WechatError(301002, "no permission to operate this agent")
