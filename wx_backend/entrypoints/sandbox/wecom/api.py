"""The WeCom server API (protocols.md 3)."""

from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import INVALIDUSER
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wecom import members, message_rules
from wx_backend.entrypoints.sandbox.wecom.mailbox import SEND
from wx_backend.entrypoints.sandbox.wecom.wire import AgentHandler

_RECEIVERS = 1000
_INTERVAL, _LONGEST_INTERVAL = 1800, 14400
_EVERYONE, _ROOT = "@all", "1"


class GetToken(AgentHandler):
    open_to_all = True

    def get(self) -> None:
        keys, ask = self.box.keys, self.get_query_argument
        if ask("corpid", "") != keys.corp_id:
            raise WechatError(40013, "invalid corpid")
        if ask("corpsecret", "") != keys.agent_secret:
            raise WechatError(40001, "invalid credential")
        row = self.box.corp.tokens.current()
        left = int(row["expires"] - clock.now())
        self.answer(errcode=0, errmsg="ok", access_token=row["value"], expires_in=left)


class UserOfCode(AgentHandler):
    """`auth/getuserinfo`: a member's userid, an outsider's openid."""

    def get(self) -> None:
        userid = self.box.corp.tokens.userid_of(self.get_query_argument("code", ""))
        member = members.by_userid(userid)
        outside = member is None or member.outsider
        who = {"openid": f"o{userid}", "external_userid": f"wm{userid}"} if outside else {}
        self.answer(errcode=0, errmsg="ok", **(who or {"userid": userid}))


class User(AgentHandler):
    """What a new self-built app may read: no phone, mail, picture or post (protocols.md 3.2)."""

    def get(self) -> None:
        member = members.reachable(self.get_query_argument("userid", ""))
        if member is None:
            raise WechatError(60111, "userid not found")
        self.answer(
            errcode=0, errmsg="ok", userid=member.userid, name=member.name, status=1,
            department=[member.department], main_department=member.department,
        )  # fmt: skip


class UserIds(AgentHandler):
    def post(self) -> None:
        found = [
            {"userid": one.userid, "department": one.department}
            for one in members.MEMBERS
            if not one.outsider
        ]
        self.answer(errcode=0, errmsg="ok", next_cursor="", dept_user=found)


class Departments(AgentHandler):
    def get(self) -> None:
        rows = [
            {"id": number, "parentid": parent, "order": number}
            for number, _, parent in members.DEPARTMENTS
        ]
        self.answer(errcode=0, errmsg="ok", department_id=rows)


class CallbackIps(AgentHandler):
    def get(self) -> None:
        self.answer(errcode=0, errmsg="ok", ip_list=["127.0.0.1"])


class Menu(AgentHandler):
    def post(self) -> None:
        self.agent_check(self.get_query_argument("agentid", ""))
        buttons = self.json_object().get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise WechatError(40016, "invalid button size")
        self.box.corp.agent.menu = buttons
        self.answer(errcode=0, errmsg="ok")


class Send(AgentHandler):
    def post(self) -> None:
        body, corp = self.json_object(), self.box.corp
        self.agent_check(body.get("agentid"))
        content = message_rules.content(body, has_server=corp.agent.server is not None)
        good, bad = self._receivers(body)
        told = {"invaliduser": "|".join(bad)} if bad else {}
        mark = message_rules.fingerprint(body)
        known = self._known(body, mark)
        if known is None:
            if corp.mailbox.task_known(content.get("task_id", "")):
                raise WechatError(40058, "invalid Request Parameter: task_id is taken")
            known = corp.mailbox.keep(body["msgtype"], content, good, mark)
        self.answer(errcode=0, errmsg="ok", **known, **told)

    def _known(self, body: dict[str, Any], mark: str) -> dict[str, Any] | None:
        if body.get("enable_duplicate_check") != 1:
            return None
        seconds = min(body.get("duplicate_check_interval", _INTERVAL), _LONGEST_INTERVAL)
        return self.box.corp.mailbox.sent_before(mark, seconds)

    def _receivers(self, body: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Userids that get the message, and those named that do not."""
        named = _split(body.get("touser"))
        parties = _split(body.get("toparty"))
        if _EVERYONE in named:
            named, parties = [], [_ROOT]
        if not named and not parties:
            raise WechatError(82001, "All touser & toparty & totag empty")
        if len(named) > _RECEIVERS:
            raise WechatError(40032, "invalid userid list size")
        inside = [one for party in parties for one in members.of_department(int(party))]
        struck = self._struck(named)
        found = [members.reachable(userid) for userid in named if userid not in struck]
        good = [one.userid for one in [*found, *inside] if one and one.visible]
        bad = [one for one in named if one in struck or not members.reachable(one)]
        if not good:
            raise WechatError(81013, "user & party & tag all invalid")
        return list(dict.fromkeys(good)), bad

    def _struck(self, named: list[str]) -> list[str]:
        """Whom the fault `invaliduser` makes invalid: those of its value, or the first."""
        fault = self.box.faults.take(self.endpoint, INVALIDUSER)
        if fault is None:
            return []
        return _split(fault.value) or named[:1]


class Update(AgentHandler):
    def post(self) -> None:
        body = self.json_object()
        self.agent_check(body.get("agentid"))
        userids = [str(userid).lower() for userid in body.get("userids") or []]
        if not 1 <= len(userids) <= _RECEIVERS:
            raise WechatError(40032, "invalid userid list size")
        change = self._change(body)
        code = str(body.get("response_code", ""))
        missed = self.box.corp.mailbox.update(code, userids, change)
        self.answer(errcode=0, errmsg="ok", invaliduser=missed)

    def _change(self, body: dict[str, Any]) -> dict[str, Any]:
        if isinstance(body.get("template_card"), dict):
            message_rules.card(body["template_card"])
            return {"content": body["template_card"]}
        words = (body.get("button") or {}).get("replace_name")
        if not words:
            raise WechatError(40058, "invalid Request Parameter: button.replace_name")
        return {"closed": str(words)}


class Recall(AgentHandler):
    def post(self) -> None:
        self.box.corp.mailbox.recall(str(self.json_object().get("msgid", "")))
        self.answer(errcode=0, errmsg="ok")


def _split(names: Any) -> list[str]:
    return [name for name in str(names or "").split("|") if name]


routes = [
    (r"/qy/cgi-bin/gettoken", GetToken),
    (r"/qy/cgi-bin/auth/getuserinfo", UserOfCode),
    (r"/qy/cgi-bin/user/get", User),
    (r"/qy/cgi-bin/user/list_id", UserIds),
    (r"/qy/cgi-bin/department/simplelist", Departments),
    (r"/qy/cgi-bin/getcallbackip", CallbackIps),
    (r"/qy/cgi-bin/menu/create", Menu),
    (SEND, Send),
    (r"/qy/cgi-bin/message/update_template_card", Update),
    (r"/qy/cgi-bin/message/recall", Recall),
]
