"""Made-up things that several sample screens show: the frame, visits, cards, dates."""

from wx_backend.entrypoints.web.patient import paths, views

KEY = "0123456789abcdef"


def frame(care: bool = False, unread: int = 3) -> views.Frame:
    """The frame of an invented hospital."""
    return views.Frame(
        hospital="云江市第一人民医院",
        tagline="三级甲等 · 互联网医院",
        phone="0755 0000 1234",
        toggle_href="?care=0" if care else "?care=1",
        xsrf="2|sample|token",
        care=care,
        unread=unread,
    )


VISIT = views.Visit(
    when="11月24日 周二 09:30–10:00",
    doctor="周启明",
    title="主任医师",
    department="心血管内科",
    place="门诊楼 3 层 A 区 305 诊室",
    patient="王建国",
    relation="本人",
)
CHILD_VISIT = views.Visit(
    when="11月26日 周四 14:00–14:30",
    doctor="何志远",
    title="主治医师",
    department="呼吸与危重症医学科",
    place="东院区门诊楼 2 层 211 诊室",
    patient="王小满",
    relation="子女",
)
RULE = "就诊前一天 24:00 前可在手机上取消，款项原路退回。"
BRING = "到院后在 3 层护士站签到，请带好身份证或医保卡。"

TILES = tuple(
    views.DepartmentTile(name=name, icon=icon, href=paths.department("dep1"))
    for name, icon in (
        ("心血管内科", "heartbeat"),
        ("呼吸内科", "lungs"),
        ("神经内科", "brain"),
        ("骨科", "bone"),
        ("眼科", "eye"),
        ("口腔科", "dental"),
        ("儿科", "baby-carriage"),
        ("耳鼻喉科", "ear"),
    )
)
NEAR = tuple(
    views.NearSlot(
        href=f"{paths.BOOK}?slot={n}", when=when, doctor=doctor, remaining=left, fee_fen=fee
    )
    for n, (when, doctor, left, fee) in enumerate(
        (
            ("11月24日 周二 10:00–10:30", "周启明", 2, 5000),
            ("11月24日 周二 14:00–14:30", "林雪琴", 6, 3000),
            ("11月26日 周四 08:30–09:00", "周启明", 4, 5000),
        )
    )
)
DAYS = tuple(
    views.Day(
        label=label,
        number=str(23 + n),
        full_label=f"11月{23 + n}日 周{week}",
        state=state,
        href=f"{paths.doctor('doc1')}?date=2026-11-{23 + n}",
        current=n == 1,
    )
    for n, (label, week, state) in enumerate(
        (
            ("今天", "一", "OPEN"),
            ("明天", "二", "OPEN"),
            ("周三", "三", "NONE"),
            ("周四", "四", "OPEN"),
            ("周五", "五", "FULL"),
            ("周六", "六", "OPEN"),
            ("周日", "日", "NONE"),
        )
    )
)

CARDS = tuple(
    views.AppointmentCard(
        href=paths.appointment("apt1"),
        state=state,
        visit=visit,
        serial=serial,
        order_state=order,
    )
    for state, visit, serial, order in (
        ("HELD", CHILD_VISIT, "", "OPEN"),
        ("BOOKED", VISIT, "12", "PAID"),
        ("CANCELLED", VISIT, "", "REFUNDING"),
        ("STOPPED", CHILD_VISIT, "", "REFUNDED"),
        ("DONE", VISIT, "7", "PAID"),
        ("NO_SHOW", VISIT, "9", "PAID"),
        ("EXPIRED", VISIT, "", "CLOSED"),
        ("CHECKED_IN", VISIT, "3", "PAID"),
        ("IN_VISIT", VISIT, "3", "PAID"),
        ("RESCHEDULED", VISIT, "", "PAID"),
    )
)
