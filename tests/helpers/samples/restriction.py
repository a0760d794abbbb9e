"""Sample screens of restrictions and appeals."""

from tests.helpers.samples.common import KEY
from wx_backend.entrypoints.web.patient import paths, restriction_views


def row(state: str = "IN_FORCE", blocks: bool = True) -> restriction_views.Row:
    return restriction_views.Row(
        href=paths.restriction("rst1"),
        patient="王*国",
        reason="频繁退号",
        state=state,
        until="12月24日 24:00",
        blocks=blocks,
    )


def one(of: restriction_views.Row, **more: object) -> restriction_views.Restriction:
    grounds = (
        restriction_views.Ground(when="11月24日 周二 09:30", what="心血管内科 周启明"),
        restriction_views.Ground(when="11月25日 周三 14:00", what=""),
    )
    return restriction_views.Restriction(
        row=of,
        rule="30 天内达到 3 次，由医院工作人员核实后决定",
        words="三次均在就诊前一天退号",
        grounds=grounds,
        back_href=paths.RESTRICTIONS,
        idempotency_key=KEY,
        **more,
    )


ACTION = paths.restriction("rst1")
HEARD = restriction_views.Heard(
    text="三次都是因为老人住院，有住院证明", at="11月23日 10:02", decided="", words=""
)
ANSWERED = restriction_views.Heard(
    text="", at="11月23日 10:02", decided="11月24日 09:00", words="已核对住院证明"
)
SCREENS = {
    "restrictions": (
        "restrictions/page.html",
        restriction_views.Restrictions(
            rows=(row(), row("APPEALED"), row("LIFTED", False), row("EXPIRED", False)),
            back_href=paths.PEOPLE,
        ),
    ),
    "restrictions-none": (
        "restrictions/page.html",
        restriction_views.Restrictions(rows=(), back_href=paths.PEOPLE),
    ),
    "restriction": ("restriction/page.html", one(row(), action=ACTION)),
    "restriction-short": (
        "restriction/page.html",
        one(row(), action=ACTION, text="不对", error="请写明理由（10 至 500 字）"),
    ),
    "restriction-appealed": ("restriction/page.html", one(row("APPEALED"), heard=HEARD)),
    "restriction-lifted": (
        "restriction/page.html",
        one(row("LIFTED", False), heard=ANSWERED, ended="已核对住院证明"),
    ),
}
