"""What was laid aside for a person: events, messages to people, messages of hospital systems.

Looked at by some, mended and tried again by others; what it was before is kept.
"""

import msgspec
import msgspec.json

from notify.messages import service as messages
from notify.relay import service as relay
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.base.words import Say
from wx_backend.entrypoints.interfaces import dead_letters
from wx_backend.entrypoints.interfaces.model import ALARMS
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/dead-letters"
MEND = f"{PATH}/mend"
MESSAGE = f"{PATH}/message"
AGAIN = frozenset({409, 422})
"""Refusals that are said above the form, which keeps what was typed."""


class DeadLetters(ConsolePage):
    """``GET``: parked deliveries, parked messages, open alarms of interfaces; four calls."""

    access = staff("deliveries:read")
    here = "dead-letters"

    async def get(self) -> None:
        await self.show(
            "dead_letters.html",
            deliveries=[
                {**doc, "data": as_json(doc["event"]["data"])}
                for doc in await relay.parked(self.ctx)
            ],
            messages=await messages.parked(self.ctx),
            alarms=await dead_letters.waiting(self.ctx),
            kinds=ALARMS,
            zone=self.zone,
            replays=self.may("deliveries:replay"),
        )


def as_json(data: object) -> str:
    """As people read and edit it."""
    return msgspec.json.format(msgspec.json.encode(data)).decode()


class Replay(ConsolePage):
    """``POST id=``: a parked delivery is due again."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def post(self) -> None:
        await relay.replay(self.ctx, self.get_body_argument("id", ""))
        self.tasks_changed()
        self.say("已重新投递，稍后刷新查看结果", PATH)


class ReplayMessage(ConsolePage):
    """``POST id=``: a parked message is due again."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def post(self) -> None:
        await messages.replay(self.ctx, self.get_body_argument("id", ""))
        self.tasks_changed()
        self.say("已重新发送，稍后刷新查看结果", PATH)


class Mend(ConsolePage):
    """``GET ?id=``: a parked event with its data to edit; ``POST id= data= reason=`` tries it."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def get(self) -> None:
        await self._ask(self.asked("id"))

    async def post(self) -> None:
        key = self.get_body_argument("id", "")
        text, reason = self.get_body_argument("data", ""), self.get_body_argument("reason", "")
        try:
            await relay.mend(self.ctx, key, text, reason)
        except Invalid as error:
            await self._ask(key, text, reason, error)
            return
        self.tasks_changed()
        self.say("已按修改后的内容重新投递，稍后刷新查看结果", PATH)

    async def _ask(
        self, key: str, text: str = "", reason: str = "", error: AppError | None = None
    ) -> None:
        doc = await relay.waiting(self.ctx, key)
        await self.show(
            "mend.html",
            error.status if error else 200,
            doc=doc,
            text=text or as_json(doc["event"]["data"]),
            reason=reason,
            versions=[{**one, "data": as_json(one["data"])} for one in doc.get("versions", ())],
            fields=error.data.get("fields", {}) if error else {},
            action=MEND,
            path=PATH,
            zone=self.zone,
        )


class LetterPage(ConsolePage):
    """What answers about one message of a hospital system share. Looking is audited."""

    access = staff("deliveries:replay")
    here = "dead-letters"

    async def letter(
        self, key: str, error: AppError | None = None, text: str = "", reason: str = ""
    ) -> None:
        """Its text to edit. Raises NotFound."""
        found = await dead_letters.look(self.ctx, key)
        await self.show(
            "letter.html",
            error.status if error else 200,
            letter=found,
            text=text or found.text,
            reason=reason,
            wrong=_why(error, self.translate) if error else "",
            kinds=ALARMS,
            path=PATH,
            action=f"{MESSAGE}/{key}",
            zone=self.zone,
        )

    def reason(self) -> str:
        """Why; raises Invalid without a word."""
        reason = self.get_body_argument("reason", "").strip()
        if len(reason) < 2:
            raise Invalid("请写明原因（至少 2 个字）")
        return reason


def _why(error: AppError, say: Say) -> str:
    about = [str(error.data[name]) for name in ("reason", "field") if error.data.get(name)]
    said = say(error.message)
    return say("%(what)s（%(about)s）", what=said, about=say("，").join(about)) if about else said


class Letter(LetterPage):
    """``GET``: the message; ``POST text= reason=``: handled as it is now, the original kept."""

    async def get(self, key: str) -> None:
        await self.letter(key)

    async def post(self, key: str) -> None:
        text = self.get_body_argument("text", "", strip=False)
        try:
            before = await dead_letters.look(self.ctx, key)
            edited = text if _lines(text) != _lines(before.text) else None
            reason = self.reason() if edited is not None else ""
            await dead_letters.replay(self.ctx, key, edited, reason)
        except AppError as error:
            if error.status not in AGAIN:
                raise
            await self.letter(key, error, text, self.get_body_argument("reason", ""))
            return
        self.tasks_changed()
        self.say("消息已处理", PATH)


def _lines(text: str) -> list[str]:
    """Without what a browser does to the ends of lines."""
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


class Dismiss(LetterPage):
    """``POST reason=``: nothing is to be done about it."""

    async def post(self, key: str) -> None:
        try:
            await dead_letters.dismiss(self.ctx, key, self.reason())
        except Invalid as error:
            await self.letter(key, error)
            return
        self.tasks_changed()
        self.say("已忽略这条消息", PATH)
