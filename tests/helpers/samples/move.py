"""Sample screens of taking another time for a booked number."""

import msgspec

from tests.helpers.samples.booking import AFTERNOON, MORNING, times
from tests.helpers.samples.common import KEY, RULE, VISIT
from wx_backend.entrypoints.web.patient import move_views, paths, views

LATER = msgspec.structs.replace(VISIT, when="12月1日 周二 09:30–10:00")


def confirm(**more: object) -> move_views.ConfirmMove:
    return move_views.ConfirmMove(
        action=paths.confirm_move("apt1"),
        slot_id="slot1",
        old=VISIT,
        new=LATER,
        fee_fen=3000 if more.get("refund_fen") else 5000,
        rule=RULE,
        again_href=paths.move("apt1", "doc1"),
        back_href=paths.appointment("apt1"),
        idempotency_key=KEY,
        **{"refund_fen": 0, **more},
    )


SCREENS = {
    "move": (
        "move/page.html",
        move_views.MoveTimes(
            **msgspec.structs.asdict(times((MORNING, AFTERNOON))),
            old=VISIT,
            doctors=tuple(
                views.Choice(label=name, href=paths.move("apt1", "doc1"), current=not n)
                for n, name in enumerate(("周启明", "林雪琴", "何志远"))
            ),
            left=1,
            back_href=paths.appointment("apt1"),
        ),
    ),
    "move-confirm": ("move/confirm.html", confirm()),
    "move-cheaper": (
        "move/confirm.html",
        confirm(refund_fen=2000, error="该就诊人当天的预约已达上限"),
    ),
}
