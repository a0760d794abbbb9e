"""Critical limits: what is in force and where it comes from, proposing, and deciding by another."""

from datetime import date

from wx_backend.base.errors import AppError, Invalid, NotFound
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console import limits
from wx_backend.entrypoints.web.console.pages.critical import PATH as BOARD_PATH
from wx_backend.entrypoints.web.console.pages.critical import CriticalPage
from wx_backend.identity.staff import service as members
from wx_backend.records.reports import service as reports
from wx_backend.records.reports.service import BANDS, OPEN, Rule, RuleSet, differing

PATH = f"{BOARD_PATH}/rules"
STATES = {"DRAFT": "待审批", "APPROVED": "已批准", "REJECTED": "已驳回"}
TONES = {"DRAFT": "warn", "APPROVED": "ok", "REJECTED": "mute"}


class RulesPage(CriticalPage):
    """What the pages about the rules share."""

    access = staff("critical:read")

    async def show(self, template: str, status: int = 200, **values: object) -> None:
        await super().show(template, status, l=limits, bands=BANDS, rules_path=PATH, **values)

    def base(self, sets: list[RuleSet], present: RuleSet) -> RuleSet:
        """What a proposal starts from: the newest draft after what is in force, or that."""
        newer = [one for one in sets if one.state == "DRAFT"]
        first = newer[0] if newer else present
        return first if present.id == "seed" or first.version > present.version else present


class Rules(RulesPage):
    """``GET ?set=``: a rule set as a table, all versions, and what waits for a decision."""

    async def get(self) -> None:
        sets, present = await reports.rule_sets(self.ctx), await reports.rules_in_force(self.ctx)
        known = {one.id: one for one in (*sets, present, reports.seed())}
        asked = self.asked("set") or present.id
        if asked not in known:
            raise NotFound()
        keys = {
            actor.removeprefix("staff:")
            for one in sets
            for actor in (one.proposed_by, one.approved_by)
            if actor
        }
        people = await members.members(self.ctx, keys) if keys else {}
        await self.show(
            "rules.html",
            chosen=known[asked],
            present=present,
            sets=sets,
            seed=reports.seed(),
            drafts=[
                (
                    one,
                    [
                        (limits.differences(*pair, self.translate), pair)
                        for pair in differing(present, one)
                    ],
                )
                for one in sets
                if one.state == "DRAFT"
            ],
            names={f"staff:{one.id}": one.name for one in people.values()},
            states=STATES,
            tones=TONES,
            me=str(self.ctx.actor),
            proposes=self.may("rules:propose"),
            approves=self.may("rules:approve"),
        )

    def _changes(self, present: RuleSet, one: RuleSet) -> list[tuple[list[str], tuple]]:
        """What it would change: in words, with the rules that differ."""
        return [
            (limits.differences(*pair, self.translate), pair) for pair in differing(present, one)
        ]


class ChangeRule(RulesPage):
    """``GET``: one rule to edit; ``POST``: the next rule set with it, a draft."""

    access = staff("rules:propose")

    async def get(self, analyte: str) -> None:
        await self._ask(await self._rule(analyte), {})

    async def post(self, analyte: str) -> None:
        typed = {name: self.get_body_argument(name, "") for name in self.request.body_arguments}
        rule = await self._rule(analyte)
        try:
            changed = limits.change(rule, typed, self.translate)
            if changed == rule:
                raise Invalid("没有改动")
            rules = tuple(changed if one.analyte == analyte else one for one in self._from.rules)
            await reports.propose_rules(self.ctx, rules, self._day(typed.get("from", "")))
        except AppError as error:
            await self._ask(rule, typed, error)
            return
        self.say("已提交，等待另一位有权限的人审批", PATH)

    async def _rule(self, analyte: str) -> Rule:
        sets, present = await reports.rule_sets(self.ctx), await reports.rules_in_force(self.ctx)
        self._from = self.base(sets, present)
        found = next((one for one in self._from.rules if one.analyte == analyte), None)
        if found is None:
            raise NotFound()
        return found

    def _day(self, text: str) -> date:
        """Raises Invalid: no date, or one that is over."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Invalid(fields={"from": "请填写生效日期"}) from None
        if day < self.ctx.today(self.zone):
            raise Invalid(fields={"from": "生效日期不能早于今天"})
        return day

    async def _ask(self, rule: Rule, typed: dict[str, str], error: AppError | None = None) -> None:
        given = {
            f"{side}_{band}": "" if value is None else str(value)
            for band in BANDS
            for side, value in zip(("low", "high"), rule.limits.get(band, OPEN), strict=True)
        }
        kept = {**given, "severity": rule.severity, "note": rule.note, **typed}
        fields = error.data.get("fields", {}) if error else {}
        await self.show(
            "rule.html",
            error.status if error else 200,
            rule=rule,
            base=self._from,
            typed=kept,
            enabled=bool(typed.get("enabled")) if typed else rule.enabled,
            fields=fields,
            wrong=self.why(error),
            first_day=typed.get("from") or self.ctx.today(self.zone).isoformat(),
        )


class ProposeSeed(RulesPage):
    """``POST``: what comes with the program, as the hospital's own first draft."""

    access = staff("rules:propose")

    async def post(self) -> None:
        today = self.ctx.today(self.zone)
        await reports.propose_rules(self.ctx, reports.seed().rules, today)
        self.say("已提交出厂草案，等待另一位有权限的人审批", PATH)


class DecideRules(RulesPage):
    """``POST verdict=approve|reject``."""

    access = staff("rules:approve")

    async def post(self, key: str) -> None:
        verdict = self.get_body_argument("verdict", "")
        if verdict == "approve":
            await reports.approve_rules(self.ctx, key)
            self.say("已批准，自生效日起使用", PATH)
        elif verdict == "reject":
            await reports.reject_rules(self.ctx, key)
            self.say("已驳回", PATH)
        else:
            raise Invalid(fields={"verdict": "请选择批准或驳回"})
