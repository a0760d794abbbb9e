"""The audit viewer: who did what to what, when. Looking is audited too."""

from datetime import UTC, datetime

import msgspec.json

from wx_backend.base import audit
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console import exports
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = "/console/audit"
EACH = 50
SOURCES = {
    "event:": "业务变更",
    "staff:signin:": "员工登录",
    "staff:": "员工管理",
    "account:": "患者登录",
    "console:": "查询与导出",
    "ctx:institution:across": "跨机构访问",
    "relay:": "重新投递",
    "messages:": "重新发送",
}
"""Beginnings of actions, in staff's words."""


class Audit(ConsolePage):
    """``GET ?month=202611&who=&about=&source=&before=&export=``: newest first."""

    access = staff("audit:read")
    here = "audit"

    async def get(self) -> None:
        asked = {name: self.asked(name) for name in ("month", "who", "about", "source")}
        export = bool(self.asked("export"))
        limit = exports.MOST if export else EACH + 1
        found = await self._found(asked, limit)
        names = await self._names(found)
        if export:
            await self._export(found, names)
            return
        await self.house.audit.record(
            self.ctx, "console:audit:read", asked["about"] or "list", who=asked["who"]
        )
        rows, more = found[:EACH], len(found) > EACH
        last = f"{rows[-1]['at'].isoformat()} {rows[-1]['_id']}" if more else ""
        await self.show(
            "audit.html",
            rows=[{**row, "details": msgspec.json.encode(row["data"]).decode()} for row in rows],
            names=names,
            zone=self.zone,
            sources=SOURCES,
            months=self._months(),
            onward=self.address(PATH, before=last, **asked) if more else "",
            back=self.address(PATH, **asked) if self.asked("before") else "",
            exports=[(self.address(PATH, export=1, before=self.asked("before"), **asked), "")],
            **asked,
        )

    async def _found(self, asked: dict[str, str], limit: int) -> list[dict]:
        return await audit.records(
            self.ctx,
            self._month(asked["month"]),
            actor=await self._actor(asked["who"]),
            subject=asked["about"],
            action=asked["source"],
            before=self._before(),
            limit=limit,
        )

    async def _actor(self, words: str) -> str:
        """A staff number as the actor it stands for; anything else as it is."""
        member = await members.by_number(self.ctx, words) if words else None
        return f"staff:{member.id}" if member else words

    async def _names(self, rows: list[dict]) -> dict[str, str]:
        """Staff by the actor's words."""
        keys = {row["actor"].removeprefix("staff:") for row in rows if "staff:" in row["actor"]}
        known = await members.members(self.ctx, keys) if keys else {}
        return {
            f"staff:{one.id}": self.translate(
                "%(name)s（%(number)s）", name=one.name, number=one.number
            )
            for one in known.values()
        }

    def _month(self, text: str) -> datetime:
        """The current month unless another is asked for. Raises Invalid."""
        if not text:
            return self.ctx.wire_now()
        try:
            return datetime.strptime(text, "%Y%m").replace(tzinfo=UTC)
        except ValueError:
            raise Invalid(fields={"month": "请选择月份"}) from None

    def _months(self) -> dict[str, str]:
        """The last twelve, newest first."""
        now = self.ctx.wire_now()
        counted = [divmod(now.year * 12 + now.month - 1 - n, 12) for n in range(12)]
        return {
            f"{year}{month + 1:02}": self.translate(
                "%(year)s 年 %(month)s 月", year=year, month=month + 1
            )
            for year, month in counted
        }

    def _before(self) -> tuple[datetime, str] | None:
        text = self.asked("before")
        if not text:
            return None
        moment, _, key = text.partition(" ")
        try:
            return datetime.fromisoformat(moment), key
        except ValueError:
            raise Invalid(fields={"before": "无效的翻页位置"}) from None

    async def _export(self, found: list[dict], names: dict[str, str]) -> None:
        rows = [
            (self.moment(one["at"]), names.get(one["actor"], one["actor"]), one["action"],
             one["subject"], one["trace"])
            for one in found
        ]  # fmt: skip
        await self.export("audit", ("时间", "操作者", "动作", "对象", "追踪"), rows)
