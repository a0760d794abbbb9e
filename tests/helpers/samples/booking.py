"""Sample screens of the way to a number: home, departments, doctors, times, book, pay, result."""

import msgspec

from tests.helpers.samples.common import BRING, CARDS, DAYS, KEY, NEAR, RULE, TILES, VISIT
from wx_backend.entrypoints.web.patient import paths, views


def _session(name: str, span: str, slots: str) -> views.SessionBlock:
    tiles = []
    for word in slots.split():
        starts, left = word.split("=")
        ends = f"{starts[:3]}30" if starts.endswith("00") else f"{int(starts[:2]) + 1:02}:00"
        state = {"0": "FULL", "p": "SHUT", "s": "STOPPED"}.get(left, "OPEN")
        tiles.append(
            views.SlotTile(
                slot_id=f"slot{starts}",
                starts=starts,
                when=f"11月24日 周二 {starts}–{ends}",
                state=state,
                remaining=int(left) if state == "OPEN" else 0,
                fee_fen=5000,
                chosen=starts == "09:30",
                wait_href=paths.join(f"slot{starts}") if state == "FULL" else "",
            )
        )
    return views.SessionBlock(name=name, span=span, room="305 诊室", slots=tuple(tiles))


MORNING = _session("上午", "08:00–11:30", "08:00=p 08:30=0 09:00=5 09:30=5 10:00=2 10:30=0 11:00=s")
AFTERNOON = _session("下午", "14:00–16:30", "14:00=5 14:30=2 15:00=3 15:30=5 16:00=1")


def times(sessions: tuple[views.SessionBlock, ...], **more: object) -> views.Times:
    """The slots screen with these sessions."""
    return views.Times(
        doctor="周启明",
        title="主任医师",
        department="心血管内科",
        years=26,
        good_at="高血压、冠心病、心律失常的诊治，擅长冠脉介入与术后管理",
        days=DAYS,
        sessions=sessions,
        **more,
    )


DOCTORS = tuple(
    views.DoctorCard(
        name=name,
        title=title,
        good_at=good,
        fee_fen=fee,
        href=paths.doctor("doc1"),
        next_open=when,
        remaining=left,
        expert=expert,
    )
    for name, title, good, fee, when, left, expert in (
        (
            "周启明",
            "主任医师",
            VISIT.department + "常见病与冠脉介入、术后管理，心律失常的长期随访与用药调整",
            5000,
            "11月24日",
            12,
            True,
        ),
        (
            "林雪琴",
            "副主任医师",
            "心力衰竭、心肌病、老年人高血压的长期用药调整",
            3000,
            "明天",
            8,
            False,
        ),
        (
            "何志远",
            "主治医师",
            "胸闷心悸的初步评估，体检发现的血脂、血压异常",
            1500,
            "今天",
            23,
            False,
        ),
        ("沈国栋", "主任医师", "复杂心律失常、射频消融、起搏器随访", 5000, "", 0, True),
    )
)
ROWS = tuple(
    views.DepartmentRow(name=name, hint=hint, href=paths.department("dep1"), state=state)
    for name, hint, state in (
        ("心血管内科", "高血压、胸闷、心悸", "OPEN"),
        ("呼吸与危重症医学科", "咳嗽、气喘、肺结节", "OPEN"),
        ("消化内科", "胃痛、反酸、腹泻", "OPEN"),
        ("内分泌科", "糖尿病、甲状腺", "TODAY_FULL"),
        ("神经内科", "头晕、头痛、手麻", "OPEN"),
        ("肾内科", "浮肿、蛋白尿、血尿", "FULL"),
    )
)
GROUPS = tuple(
    views.Choice(label=label, href=f"{paths.DEPARTMENTS}?group={n}", current=label == "内科")
    for n, label in enumerate(("常用", "内科", "外科", "妇儿", "五官口腔", "中医康复"))
)
PEOPLE = (
    views.PersonChoice(
        patient_id="pat1", name="王建国", relation="本人", id_no="420101********1234", chosen=True
    ),
    views.PersonChoice(
        patient_id="pat2", name="王小满", relation="子女", id_no="420101********0021"
    ),
    views.PersonChoice(
        patient_id="pat3",
        name="李桂英",
        relation="父母",
        id_no="420101********5528",
        refused="当天已在本科室预约过一个号",
    ),
)
BOOK = views.Book(
    slot_id="slot1",
    visit=views.Visit(
        when=VISIT.when,
        doctor=VISIT.doctor,
        title=VISIT.title,
        department=VISIT.department,
        place=VISIT.place,
    ),
    fee_fen=5000,
    people=PEOPLE,
    hold_minutes=15,
    cancel_rule=RULE,
    add_person_href=f"{paths.ADD_PERSON}?next=/h5/book",
    back_href=paths.doctor("doc1"),
    idempotency_key=KEY,
)
PAY = views.Pay(
    action=paths.pay("apt1"),
    visit=VISIT,
    fee_fen=5000,
    methods=(
        views.PayMethod(code="wechat_h5", name="微信支付", chosen=True),
        views.PayMethod(code="alipay_wap", name="支付宝", look="alipay"),
        views.PayMethod(
            code="insurance",
            name="医保电子凭证",
            note="个人账户 + 统筹，先医保后自费",
            look="insurance",
        ),
        views.PayMethod(code="desk", name="到院支付", look="desk"),
    ),
    expires_at="10:15",
    seconds_left=899,
    cancel_rule=RULE,
    idempotency_key=KEY,
)
LAUNCH = views.PayLaunch(
    about=f"{VISIT.when} · {VISIT.doctor}",
    fee_fen=5000,
    app="wechat",
    platform="微信支付",
    params={"appId": "wx1", "package": "prepay_id=</script>", "signType": "RSA"},
    result_href=paths.result("apt1"),
    pay_href=paths.pay("apt1"),
)

_LOCKING = {
    "visit": VISIT,
    "expires_at": "10:17",
    "again_href": paths.pay("apt1"),
    "cancel_href": paths.cancel("apt1"),
}
_MISSED = {"visit": VISIT, "near": NEAR, "again_href": paths.doctor("doc1")}
SCREENS: dict[str, tuple[str, views.View]] = {
    "home": ("home/page.html", views.Home(next_visits=CARDS[:2], common=TILES)),
    "home-new": ("home/page.html", views.Home(next_visits=(), common=TILES)),
    "departments": (
        "departments/page.html",
        views.Departments(query="", common=TILES, groups=GROUPS, rows=ROWS),
    ),
    "departments-found": (
        "departments/page.html",
        views.Departments(query="胃痛", common=TILES, groups=GROUPS, rows=ROWS[2:3]),
    ),
    "departments-none": (
        "departments/page.html",
        views.Departments(query="abc", common=TILES, groups=GROUPS, rows=()),
    ),
    "doctors": (
        "doctors/page.html",
        views.Doctors(
            department="心血管内科",
            place="门诊楼 3 层 A 区",
            all_days_href=paths.department("dep1"),
            days=DAYS,
            doctors=DOCTORS,
        ),
    ),
    "doctors-none": (
        "doctors/page.html",
        views.Doctors(
            department="呼吸与危重症医学科",
            place="门诊楼 2 层",
            all_days_href=paths.department("dep1"),
            days=(),
            doctors=(),
        ),
    ),
    "times": ("times/page.html", times((MORNING, AFTERNOON))),
    "times-full": (
        "times/page.html",
        times(
            (_session("上午", "08:00–09:00", "08:00=0 08:30=0"),), wait_href=paths.join("s", "day")
        ),
    ),
    "times-part": ("times/slots.html", times((MORNING, AFTERNOON))),
    "times-error": (
        "times/page.html",
        times((AFTERNOON,), error="请先选择一个时段，再点下一步"),
    ),
    "times-empty": ("times/page.html", times((), near=NEAR)),
    "book": ("book/page.html", BOOK),
    "book-symptoms": ("book/page.html", msgspec.structs.replace(BOOK, symptoms="发热、咳嗽")),
    "full": ("full/page.html", views.Full(visit=VISIT, near=NEAR, again_href=paths.doctor("d"))),
    "full-wait": (
        "full/page.html",
        views.Full(
            visit=VISIT, near=(), again_href=paths.doctor("d"), wait_href=paths.join("slot1")
        ),
    ),
    "full-none": ("full/page.html", views.Full(visit=VISIT, near=(), again_href=paths.doctor("d"))),
    "pay": ("pay/page.html", PAY),
    "pay-launch": ("pay/launch.html", LAUNCH),
    "waiting": (
        "result/waiting.html",
        views.Waiting(
            visit=VISIT,
            fee_fen=5000,
            result_href=paths.result("apt1"),
            pay_href=paths.pay("apt1"),
        ),
    ),
    "locking": ("pay/locking.html", views.Locking(**_LOCKING)),
    "locking-unknown": ("pay/locking.html", views.Locking(**_LOCKING, unknown=True)),
    "done": (
        "result/done.html",
        views.Done(
            visit=VISIT,
            serial="12",
            arrive_by="09:15",
            paid_fen=5000,
            bring=BRING,
            cancel_rule=RULE,
            detail_href=paths.appointment("apt1"),
        ),
    ),
    "done-reseated": (
        "result/done.html",
        views.Done(
            visit=VISIT,
            serial="14",
            arrive_by="09:15",
            paid_fen=5000,
            bring=BRING,
            cancel_rule=RULE,
            detail_href=paths.appointment("apt1"),
            reseated=True,
        ),
    ),
    "missed-unpaid": ("result/missed.html", views.Missed(refund_fen=0, **_MISSED)),
    "missed-counter": ("result/missed.html", views.Missed(refund_fen=0, counter=True, **_MISSED)),
    "missed-counter-paid": (
        "result/missed.html",
        views.Missed(refund_fen=5000, counter=True, **_MISSED),
    ),
    "missed-refunded": ("result/missed.html", views.Missed(refund_fen=5000, **_MISSED)),
    "sign-in": ("sign_in/page.html", views.SignIn(sign_in_href="/h5/oauth/start")),
    "failure-404": (
        "failure/page.html",
        views.Failure(status=404, message="地址可能写错了，或内容已不在", trace="tr7k2m"),
    ),
    "failure-500": (
        "failure/page.html",
        views.Failure(
            status=500,
            message="您的操作可能没有完成，请先到“我的预约”里查看",
            trace="tr7k2m",
            retry_href="/h5/appointments",
        ),
    ),
}
