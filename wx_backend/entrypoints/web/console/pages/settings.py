"""Parameters: their values here, where each comes from, proposing and deciding."""

from notify.critical.model import AREAS
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.directory.settings.model import LEVELS, PARAMETERS, Value
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = "/console/settings"
LEVEL_NAMES = dict(zip(LEVELS, ("全院", "院区", "科室", "门诊类型", "医生"), strict=True))
CLINIC_TYPES = {"ordinary": "普通门诊", "expert": "专家门诊"}
STATES = {"DRAFT": "待审批", "APPROVED": "已批准", "REJECTED": "已驳回"}
UNITS = {
    "minutes": "分钟", "days": "天", "hours": "小时", "times": "次", "people": "人",
    "appointments": "个", "time of day": "时刻", "yes or no": "1 是，0 否",
    "fen": "分", "percent": "%", "years": "岁", "numbers": "个",
}  # fmt: skip


class SettingsPage(ConsolePage):
    here = "settings"
    access = staff("settings:read")

    async def scopes(self) -> dict[str, str]:
        """Places a value may be set for, as ``level:id``, with their names."""
        sites = {f"campus:{one.id}": one.name for one in await institutions.campuses(self.ctx)}
        units = {f"department:{u.id}": u.name for u in await departments.departments(self.ctx)}
        say = self.translate
        areas = {key: say("危急值·%(area)s", area=say(name)) for key, name in AREAS.items()}
        named = {**{key: say(name) for key, name in CLINIC_TYPES.items()}, **areas}
        kinds = {f"clinic_type:{key}": name for key, name in named.items()}
        doctors = {f"doctor:{one.id}": one.name for one in await departments.doctors(self.ctx)}
        named = {**sites, **units, **kinds, **doctors}
        return {
            "hospital:": say("全院"),
            **{
                key: f"{say(LEVEL_NAMES[key.partition(':')[0]])}{say('：')}{name}"
                for key, name in named.items()
            },
        }

    async def places(self) -> list[dict[str, str | None]]:
        """Every doctor's clinic of each type, and the areas of critical values."""
        sites = {u.id: u.campus_id for u in await departments.departments(self.ctx)}
        clinics = [
            {
                "campus": sites.get(one.department_id),
                "department": one.department_id,
                "clinic_type": kind,
                "doctor": one.id,
            }
            for one in await departments.doctors(self.ctx)
            for kind in CLINIC_TYPES
        ]
        return [*clinics, *({"clinic_type": area} for area in AREAS)]


class Settings(SettingsPage):
    """``GET ?at=level:id``: every parameter as it is there, and what waits for a decision."""

    async def get(self) -> None:
        await self.show_all(self.asked("at"))

    async def show_all(self, at: str, error: AppError | None = None) -> None:
        scopes = await self.scopes()
        at = at if at in scopes else "hospital:"
        level, _, key = at.partition(":")
        drafts = await parameters.drafts(self.ctx)
        who = {one.proposed_by.removeprefix("staff:") for one in drafts}
        await self.show(
            "settings.html",
            error.status if error else 200,
            error=error.message if error else "",
            fields=list(error.data.get("fields", {}).values()) if error else [],
            rows=await parameters.origins(self.ctx, **({level: key} if key else {})),
            known=PARAMETERS,
            units=UNITS,
            at=at,
            here={name for name in PARAMETERS if level in parameters.levels(name)},
            made_with=parameters.MADE_WITH,
            scopes=scopes,
            levels=LEVEL_NAMES,
            drafts=drafts,
            effects=await parameters.effects(self.ctx, drafts, await self.places()),
            proposers=await members.members(self.ctx, who) if who else {},
            me=str(self.ctx.actor),
            proposes=self.may("settings:propose"),
            approves=self.may("settings:approve"),
        )


class History(SettingsPage):
    """``GET``: every version of one parameter."""

    async def get(self, name: str) -> None:
        rows = await parameters.versions(self.ctx, name)
        actors = {one.proposed_by for one in rows} | {one.decided_by for one in rows}
        keys = {actor.removeprefix("staff:") for actor in actors if actor}
        known = await members.members(self.ctx, keys) if keys else {}
        await self.show(
            "setting.html",
            name=name,
            parameter=PARAMETERS.get(name),
            rows=rows,
            scopes=await self.scopes(),
            names={f"staff:{one.id}": one.name for one in known.values()},
            states=STATES,
            tones={"DRAFT": "warn", "APPROVED": "ok", "REJECTED": "mute"},
            zone=self.zone,
            units=UNITS,
        )


class Propose(Settings):
    """``POST name= value= at=``: a draft, until somebody else approves it."""

    access = staff("settings:propose")

    async def get(self) -> None:
        self.go(PATH)

    async def post(self) -> None:
        name, at = self.get_body_argument("name", ""), self.get_body_argument("at", "")
        level, _, scope = at.partition(":")
        try:
            if at not in await self.scopes():
                raise Invalid(fields={"at": "请从给出的范围中选择"})
            await parameters.propose(self.ctx, name, self._value(name), level, scope)
        except AppError as error:
            await self.show_all(at, error)
            return
        self.say("已提交，等待另一位有权限的人审批", self.address(PATH, at=at))

    def _value(self, name: str) -> Value:
        text = self.get_body_argument("value", "").strip()
        number = name in PARAMETERS and isinstance(PARAMETERS[name].default, int)
        if number and not text.isdigit():
            raise Invalid(fields={"value": "请填写整数"})
        return int(text) if number else text


class Decide(SettingsPage):
    """``POST verdict=approve|reject``."""

    access = staff("settings:approve")

    async def post(self, setting_id: str) -> None:
        verdict = self.get_body_argument("verdict", "")
        if verdict == "approve":
            await parameters.approve(self.ctx, setting_id)
            self.say("已批准，一秒内在全部服务生效", PATH)
        elif verdict == "reject":
            await parameters.reject(self.ctx, setting_id)
            self.say("已驳回", PATH)
        else:
            raise Invalid(fields={"verdict": "请选择批准或驳回"})
