"""Made-up view models, one or more for each patient template, with long and empty cases.

`SCREENS` maps a short name to (template, view). Used by the template tests and to look at screens.
"""

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


def _session(name: str, span: str, slots: str) -> views.SessionBlock:
    tiles = []
    for word in slots.split():
        starts, left = word.split("=")
        ends = f"{starts[:3]}30" if starts.endswith("00") else f"{int(starts[:2]) + 1:02}:00"
        state = {"0": "FULL", "p": "PAST", "s": "STOPPED"}.get(left, "OPEN")
        tiles.append(
            views.SlotTile(
                slot_id=f"slot{starts}",
                starts=starts,
                when=f"11月24日 周二 {starts}–{ends}",
                state=state,
                remaining=int(left) if state == "OPEN" else 0,
                fee_fen=5000,
                chosen=starts == "09:30",
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
        views.PayMethod(code="wechat", name="微信支付", chosen=True),
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
    visit=VISIT,
    fee_fen=5000,
    params={"appId": "wx1", "package": "prepay_id=</script>", "signType": "RSA"},
    result_href=paths.result("apt1"),
    fallback_href="/pay",
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


def appointment(state: str, order_state: str, **more: object) -> views.Appointment:
    """The detail screen in this state."""
    return views.Appointment(
        state=state,
        visit=VISIT,
        number="2026 1122 0001 88",
        booked_at="11月22日 周日 10:02",
        fee_fen=5000,
        order_state=order_state,
        cancel_rule=RULE,
        **more,
    )


REFUND = views.Refund(
    amount_fen=5000,
    state="PROCESSING",
    steps=(
        views.Step(label="已取消预约", when="11月22日 周日 10:31", done=True),
        views.Step(label="退款已提交微信支付", when="11月22日 周日 10:31", done=True),
        views.Step(label="退回原支付账户", when="", done=False),
    ),
)
PERSON_FORM = views.PersonForm(
    relations=tuple(
        views.Choice(label=label, value=value, current=value == "PARENT")
        for label, value in (
            ("本人", "SELF"),
            ("配偶", "SPOUSE"),
            ("父母", "PARENT"),
            ("子女", "CHILD"),
            ("其他", "OTHER"),
        )
    ),
    guardians=(views.Choice(label="王建国", value="pat1"),),
    next_href=paths.PEOPLE,
    idempotency_key=KEY,
)
BAD_PERSON = views.PersonForm(
    relations=PERSON_FORM.relations,
    guardians=PERSON_FORM.guardians,
    next_href=paths.PEOPLE,
    idempotency_key=KEY,
    name="王建国",
    id_no="42010119520",
    phone="13800138000",
    errors={
        "id_no": "身份证号应为 18 位，请检查后再保存",
        "agreed": "请先阅读并同意",
    },
)
PERSON_ROWS = (
    views.PersonRow(
        name="王建国",
        relation="本人",
        about="男 · 67 岁 · 138****8000",
        id_no="420101********1234",
        verified=True,
        default=True,
    ),
    views.PersonRow(
        name="王小满",
        relation="子女",
        about="女 · 6 岁",
        id_no="420101********0021",
        verified=False,
        guardian="王建国",
    ),
)
MESSAGES = (
    views.MessageRow(
        title="预约成功",
        text="11月24日 周二 09:30–10:00 周启明 · 心血管内科，就诊序号 12",
        when="今天 10:02",
        icon="calendar-event",
        href=paths.appointment("apt1"),
        unread=True,
    ),
    views.MessageRow(
        title="退款已提交",
        text="¥50.00 将在 1–3 个工作日内退回原支付账户",
        when="昨天 16:20",
        icon="receipt-refund",
        href=paths.appointment("apt1"),
    ),
    views.MessageRow(title="欢迎使用", text="可为家人代约挂号", when="11月20日", icon="bell"),
)

_MISSED = {"visit": VISIT, "near": NEAR, "again_href": paths.doctor("doc1")}
_TABS = tuple(
    views.Choice(label=label, href=f"{paths.APPOINTMENTS}?show={n}", current=n == 0)
    for n, label in enumerate(("全部", "待就诊", "待支付", "退款"))
)

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
    "times-part": ("times/slots.html", times((MORNING, AFTERNOON))),
    "times-error": (
        "times/page.html",
        times((AFTERNOON,), error="请先选择一个时段，再点下一步"),
    ),
    "times-empty": ("times/page.html", times((), near=NEAR)),
    "book": ("book/page.html", BOOK),
    "full": ("full/page.html", views.Full(visit=VISIT, near=NEAR, again_href=paths.doctor("d"))),
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
    "missed-refunded": ("result/missed.html", views.Missed(refund_fen=5000, **_MISSED)),
    "appointments": (
        "appointments/page.html",
        views.AppointmentList(tabs=_TABS, rows=CARDS, more_href="?cursor=1"),
    ),
    "appointments-none": (
        "appointments/page.html",
        views.AppointmentList(tabs=_TABS, rows=()),
    ),
    "appointment-held": (
        "appointment/page.html",
        appointment(
            "HELD",
            "OPEN",
            pay_href=paths.pay("apt1"),
            cancel_href=paths.cancel("apt1"),
            seconds_left=300,
            expires_at="10:15",
        ),
    ),
    "appointment-booked": (
        "appointment/page.html",
        appointment(
            "BOOKED",
            "PAID",
            serial="12",
            arrive_by="09:15",
            bring=BRING,
            cancel_href=paths.cancel("apt1"),
        ),
    ),
    "appointment-refunding": (
        "appointment/page.html",
        appointment("CANCELLED", "REFUNDING", refund=REFUND, again_href=paths.doctor("doc1")),
    ),
    "appointment-stopped": (
        "appointment/page.html",
        appointment(
            "STOPPED",
            "REFUNDED",
            reason="医生临时停诊，费用已全部退回，不计入取消次数。",
            again_href=paths.department("dep1"),
        ),
    ),
    "cancel": (
        "cancel/page.html",
        views.Cancel(
            action=paths.cancel("apt1"),
            visit=VISIT,
            refund_fen=5000,
            rule=RULE,
            back_href=paths.appointment("apt1"),
            idempotency_key=KEY,
        ),
    ),
    "people": ("people/page.html", views.People(rows=PERSON_ROWS, left=3)),
    "people-none": ("people/page.html", views.People(rows=(), left=5)),
    "people-limit": ("people/page.html", views.People(rows=PERSON_ROWS, left=0)),
    "person": ("person/page.html", PERSON_FORM),
    "person-bad": ("person/page.html", BAD_PERSON),
    "messages": ("messages/page.html", views.Messages(rows=MESSAGES, more_href="?cursor=1")),
    "messages-none": ("messages/page.html", views.Messages(rows=())),
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
