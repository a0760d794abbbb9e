"""The consent page of WeCom: the same address as WeChat's, asked with a corp's id and an agent."""

from typing import Any
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches

from wx_backend.entrypoints.sandbox.authorize import Authorize
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wecom import members

_SCOPES = ("snsapi_base", "snsapi_privateinfo")


class StaffAuthorize(Authorize):
    client = "企业微信"

    def find(self, key: str) -> Any:
        return members.by_userid(key)

    def choices(self) -> tuple[Any, ...]:
        return members.MEMBERS

    def code_for(self, person: Any) -> str:
        return self.box.corp.tokens.new_staff_code(person.userid)

    def judge(self) -> None:
        ask = self.get_query_argument
        if ask("appid", "") != self.box.keys.corp_id:
            raise WechatError(40013, "CorpID 参数错误")
        if ask("agentid", "") != str(self.box.keys.agent_id):
            raise WechatError(301002, "应用不存在或不可见")
        if not urlsplit(ask("redirect_uri", "")).scheme.startswith("http"):
            raise WechatError(50001, "redirect_uri 与可信域名不一致")
        if ask("response_type", "") != "code" or ask("scope", "") not in _SCOPES:
            raise WechatError(10005, "scope 参数错误")


class NamesAgent(PathMatches):
    """Matches the path when the query names an agent."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return super().match(request) if "agentid" in request.arguments else None


routes = [(NamesAgent(r"/open/connect/oauth2/authorize"), StaffAuthorize)]
