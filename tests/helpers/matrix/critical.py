"""Cases of the JSON calls about alerts: each about one of which whoever asks was told."""

from notify.critical import store
from tests.helpers.alerts import alert_in, told
from tests.helpers.matrix.bedside import PHYSICIAN, shift
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.entrypoints.demo import staff as people

LIST = "/api/v1/critical/alerts"
ONE = LIST + r"/([a-z0-9]{5,40})"


def alert(
    verb: str = "", state: str = "RAISED", offered: bool | None = None, **form: object
) -> Case:
    """An alert in the state that the verb takes; ``form`` is what is sent besides its version."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        made = alert_in(
            state,
            id=ids.new("alr"),
            inst=stage.ctx.institution,
            report=ids.new("rep"),
            told=(told(caller.id),),
            **({} if offered is None else shift(caller, stage.ctx.now(), offered)),
        )
        await store.add(stage.ctx, made, [])
        path = f"{LIST}/{made.id}{verb}"
        return Ask(path, json={**form, "version": 1} if form else None, objects=(made.id,))

    return Case(make, of="institution", mine=True)


CASES: dict[str, Case] = {
    f"GET {LIST}": at(LIST),
    f"GET {LIST}/mine": at(f"{LIST}/mine"),
    f"GET {ONE}": alert(),
    f"POST {ONE}/receive": alert("/receive", item="K", value="2.6"),
    f"POST {ONE}/physician": alert(
        "/physician", "RECEIVED", physician=people.BY_KEY["zhou-qiming"].id, how="PHONE"
    ),
    f"POST {ONE}/contact": alert("/contact", outcome="REACHED", how="PHONE"),
    f"POST {ONE}/handle": alert("/handle", "PHYSICIAN_NOTIFIED", measures=["RECHECK"]),
    f"POST {ONE}/close": alert("/close", "HANDLED", note="病程记录"),
    f"POST {ONE}/refute": alert("/refute", reason="标本溶血", laboratory="陆敏"),
    f"GET {ONE}/handover": alert("/handover", "RECEIVED", offered=False),
    f"POST {ONE}/handover": alert("/handover", "RECEIVED", offered=False, to=PHYSICIAN),
    f"POST {ONE}/takeover": alert("/takeover", "RECEIVED", offered=True, answer="ACCEPT"),
    "GET /api/v1/critical/indicators": at("/api/v1/critical/indicators?month=2026-11"),
}
