"""Sample screens of what an account keeps: appointments, people, messages."""

from tests.helpers.samples.common import BRING, CARDS, KEY, RULE, VISIT
from wx_backend.entrypoints.web.patient import account_views, paths, views


def appointment(state: str, order_state: str, **more: object) -> account_views.Appointment:
    """The detail screen in this state."""
    return account_views.Appointment(
        state=state,
        visit=VISIT,
        number="2026 1122 0001 88",
        booked_at="11月22日 周日 10:02",
        fee_fen=5000,
        order_state=order_state,
        cancel_rule=RULE,
        **more,
    )


REFUND = account_views.Refund(
    amount_fen=5000,
    state="PROCESSING",
    steps=(
        account_views.Step(label="已取消预约", when="11月22日 周日 10:31", done=True),
        account_views.Step(label="退款已提交支付平台", when="11月22日 周日 10:31", done=True),
        account_views.Step(label="退回原支付账户", when="", done=False),
    ),
)
WISHES = account_views.MessageSettings(
    levels={"appointment": "all", "payment": "important"},
    quiet_from="22:00",
    quiet_to="07:00",
    saved=True,
    idempotency_key=KEY,
)
BAD_WISHES = account_views.MessageSettings(
    levels={"appointment": "none", "payment": "all"},
    quiet_from="22:00",
    errors={"quiet_to": "请填写此项"},
    idempotency_key=KEY,
)
DEVICES = account_views.Devices(
    rows=(
        account_views.DeviceRow(
            name="微信服务号 · iPhone",
            since="11月3日 09:12",
            used="今天 10:02",
            here=True,
            action=paths.end_device("ses1"),
        ),
        account_views.DeviceRow(
            name="微信小程序 · 鸿蒙设备",
            since="11月20日 20:31",
            used="昨天 07:00",
            here=False,
            action=paths.end_device("ses2"),
        ),
    ),
    idempotency_key=KEY,
)
CLOSE = account_views.CloseAccount(obstacles=(), days=15, idempotency_key=KEY)
CLOSE_NOT_YET = account_views.CloseAccount(
    obstacles=(
        account_views.Obstacle(
            words="有 %(n)s 个未就诊的预约，请先取消，或等就诊结束", n=2, href=paths.APPOINTMENTS
        ),
    ),
    days=15,
    error="还有未办完的事，暂不能注销账号",
    idempotency_key=KEY,
)
CLOSING = account_views.CloseAccount(
    obstacles=(), days=15, until="12月7日 周一 10:02", idempotency_key=KEY
)
PERSON_FORM = account_views.PersonForm(
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
BAD_PERSON = account_views.PersonForm(
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
    account_views.PersonRow(
        name="王建国",
        relation="本人",
        about="男 · 67 岁 · 138****8000",
        id_no="420101********1234",
        verified=True,
        remove_href=paths.remove_person("bnd1"),
        default_action=paths.default_person("bnd1"),
        default=True,
    ),
    account_views.PersonRow(
        name="王小满",
        relation="子女",
        about="女 · 6 岁",
        id_no="420101********0021",
        verified=False,
        remove_href=paths.remove_person("bnd2"),
        default_action=paths.default_person("bnd2"),
        guardian="王建国",
        verify_href=paths.verify_person("bnd2"),
    ),
)
MESSAGES = (
    account_views.MessageRow(
        title="预约成功",
        text="11月24日 周二 09:30–10:00 周启明 · 心血管内科，就诊序号 12",
        when="今天 10:02",
        icon="calendar-event",
        href=paths.appointment("apt1"),
        unread=True,
    ),
    account_views.MessageRow(
        title="退款已提交",
        text="¥50.00 将在 1–3 个工作日内退回原支付账户",
        when="昨天 16:20",
        icon="receipt-refund",
        href=paths.appointment("apt1"),
    ),
    account_views.MessageRow(
        title="欢迎使用", text="可为家人代约挂号", when="11月20日", icon="bell"
    ),
)

_TABS = tuple(
    views.Choice(label=label, href=f"{paths.APPOINTMENTS}?show={n}", current=n == 0)
    for n, label in enumerate(("全部", "待就诊", "待支付", "退款"))
)

SCREENS: dict[str, tuple[str, views.View]] = {
    "appointments": (
        "appointments/page.html",
        account_views.AppointmentList(tabs=_TABS, rows=CARDS, more_href="?cursor=1"),
    ),
    "appointments-none": (
        "appointments/page.html",
        account_views.AppointmentList(tabs=_TABS, rows=()),
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
        account_views.Cancel(
            action=paths.cancel("apt1"),
            visit=VISIT,
            refund_fen=5000,
            rule=RULE,
            back_href=paths.appointment("apt1"),
            idempotency_key=KEY,
        ),
    ),
    "remove-person": (
        "remove_person/page.html",
        account_views.RemovePerson(
            action=paths.remove_person("bnd1"),
            person=PERSON_ROWS[0],
            back_href=paths.PEOPLE,
            idempotency_key=KEY,
            error="名下有未成年就诊人，请先解除其绑定",
        ),
    ),
    "verify-person": (
        "verify_person/page.html",
        account_views.VerifyPerson(person=PERSON_ROWS[1], back_href=paths.PEOPLE, code="012 345"),
    ),
    "verify-person-by-phone": (
        "verify_person/page.html",
        account_views.VerifyPerson(
            person=PERSON_ROWS[1],
            back_href=paths.PEOPLE,
            code="012 345",
            phone=account_views.ByPhone(action=paths.verify_person("bnd2"), idempotency_key=KEY),
        ),
    ),
    "verify-person-code": (
        "verify_person/page.html",
        account_views.VerifyPerson(
            person=PERSON_ROWS[1],
            back_href=paths.PEOPLE,
            code="012 345",
            phone=account_views.ByPhone(
                action=paths.verify_person("bnd2"),
                idempotency_key=KEY,
                attempt="prf1",
                to="8000",
                fresh=True,
            ),
            error="验证码不对，请核对短信后再填",
        ),
    ),
    "readers": (
        "readers/page.html",
        account_views.Readers(
            person=PERSON_ROWS[0],
            rows=(
                account_views.ReaderRow(
                    relation="父母",
                    phone="138****8000",
                    reads=False,
                    allowed=False,
                    action=paths.reader("bnd1", "bnd3"),
                ),
                account_views.ReaderRow(
                    relation="配偶",
                    phone="139****9000",
                    reads=True,
                    allowed=True,
                    action=paths.reader("bnd1", "bnd4"),
                ),
            ),
            idempotency_key=KEY,
            back_href=paths.PEOPLE,
        ),
    ),
    "readers-none": (
        "readers/page.html",
        account_views.Readers(
            person=PERSON_ROWS[0], rows=(), idempotency_key=KEY, back_href=paths.PEOPLE
        ),
    ),
    "verified-person": (
        "verify_person/page.html",
        account_views.VerifyPerson(person=PERSON_ROWS[0], back_href=paths.PEOPLE),
    ),
    "people": (
        "people/page.html",
        account_views.People(rows=PERSON_ROWS, left=3, idempotency_key=KEY),
    ),
    "people-none": ("people/page.html", account_views.People(rows=(), left=5, idempotency_key=KEY)),
    "people-limit": (
        "people/page.html",
        account_views.People(rows=PERSON_ROWS, left=0, idempotency_key=KEY),
    ),
    "person": ("person/page.html", PERSON_FORM),
    "person-bad": ("person/page.html", BAD_PERSON),
    "messages": (
        "messages/page.html",
        account_views.Messages(rows=MESSAGES, more_href="?cursor=1"),
    ),
    "account": ("account/page.html", account_views.Account(idempotency_key=KEY)),
    "close": ("close/page.html", CLOSE),
    "close-not-yet": ("close/page.html", CLOSE_NOT_YET),
    "closing": ("close/page.html", CLOSING),
    "devices": ("devices/page.html", DEVICES),
    "message-settings": ("message_settings/page.html", WISHES),
    "message-settings-bad": ("message_settings/page.html", BAD_WISHES),
    "messages-none": ("messages/page.html", account_views.Messages(rows=())),
}
