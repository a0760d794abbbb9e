"""`/_ctl/wecom`: who was really shown what, and a member's tap without a phone."""

import secrets
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPError

from wx_backend.entrypoints.sandbox import callback_wire, envelope
from wx_backend.entrypoints.sandbox.control import Control
from wx_backend.entrypoints.sandbox.wecom import members

_ECHO_SECONDS = 1


class Members(Control):
    def get(self) -> None:
        self.answer(
            [
                {
                    "userid": one.userid, "name": one.name, "about": one.about,
                    "reachable": members.reachable(one.userid) is not None,
                }
                for one in members.MEMBERS
            ]
        )  # fmt: skip


class Messages(Control):
    """The ledger: each member's copy of each message with its fate, `?userid=` for one member."""

    def get(self) -> None:
        userid = self.get_query_argument("userid", None)
        self.answer(self.box.corp.mailbox.deliveries(userid))


class Tap(Control):
    """`{userid, task_id, key, chosen?}`: tap a button on the newest card of this task.

    `chosen` is option ids by the question's key.
    """

    def post(self) -> None:
        body, mailbox = self.body(), self.box.corp.mailbox
        userid, task_id = str(body.get("userid", "")), body.get("task_id")
        copies = [one for one in mailbox.deliveries(userid) if one["task_id"] == task_id]
        if not copies:
            raise ValueError(f"{userid!r} has no card of {task_id!r}")
        mailbox.tap(copies[-1], str(body.get("key", "")), body.get("chosen") or {})
        self.answer({"ok": True})


class Server(Control):
    """The application's callback address: `{url}` opens an echo within a second, then is kept."""

    async def post(self) -> None:
        url, keys = str(self.body().get("url", "")), self.box.keys
        echo = str(secrets.randbelow(10**19))
        sealed = envelope.encrypt(keys.agent_aes_key, echo, keys.corp_id)
        query = callback_wire.agent_verification(keys.agent_token, sealed) | {"echostr": sealed}
        try:
            answer = await AsyncHTTPClient().fetch(
                f"{url}?{urlencode(query)}", request_timeout=_ECHO_SECONDS
            )
        except (OSError, HTTPError) as error:
            raise ValueError(f"{url} did not open the echo: {error}") from error
        if answer.body.decode("utf-8", "replace") != echo:
            raise ValueError(f"{url} did not open the echo: other words")
        self.box.corp.agent.server = url
        self.answer({"ok": True})

    def get(self) -> None:
        self.answer({"url": self.box.corp.agent.server})


routes = [
    (r"/_ctl/wecom/members", Members),
    (r"/_ctl/wecom/messages", Messages),
    (r"/_ctl/wecom/tap", Tap),
    (r"/_ctl/wecom/server", Server),
]
