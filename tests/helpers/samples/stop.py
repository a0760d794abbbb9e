"""Sample screens of a stopped clinic."""

from tests.helpers.samples.common import KEY
from wx_backend.entrypoints.web.patient import paths, stop_views


def stop(state: str, **more: object) -> stop_views.Stop:
    """The screen in this state of the case."""
    return stop_views.Stop(
        action=paths.stop("stc1"),
        state=state,
        when="11月24日 周二 09:30",
        doctor="周启明",
        department="心血管内科",
        patient="王*国",
        fee_fen=5000,
        until="11月24日 08:00",
        appointment_href=paths.appointment("apt1"),
        again_href=paths.DEPARTMENTS,
        idempotency_key=KEY,
        **more,
    )


OPTIONS = (
    stop_views.Option(
        choice="same",
        slot="slot1",
        when="11月24日 周二 09:30",
        doctor="沈国栋",
        title="主任医师",
        place="门诊楼 3 层 A 区 308 诊室",
    ),
    stop_views.Option(
        choice="other",
        slot="slot2",
        when="12月1日 周二 09:30",
        doctor="周启明",
        title="主任医师",
        place="门诊楼 3 层 A 区 305 诊室",
        kept_until="11月23日 10:02",
        symptoms="发热（体温 37.3 ℃ 及以上），或发热后出现的咳嗽、咽痛、气促、皮疹",
    ),
)
SCREENS = {
    "stop": ("stop/page.html", stop("ASKED", options=OPTIONS, refund="refund")),
    "stop-late": (
        "stop/page.html",
        stop("CALLING", refund="refund", error="该方案已失效，请查看最新方案后重新选择"),
    ),
    "stop-moved": ("stop/page.html", stop("MOVED")),
    "stop-refunded": ("stop/page.html", stop("REFUNDED")),
    "stop-cleared": ("stop/page.html", stop("CLEARED")),
}
