"""Parameters that a hospital may set for a campus, department, clinic type or doctor. Pure.

The most specific approved value wins. Defaults and their sources: clinical table 3.2.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.machine import Machine
from wx_backend.base.words import Filled

Value = int | str

LEVELS = ("hospital", "campus", "department", "clinic_type", "doctor")
"""From the most general to the most specific."""

TABLE = "table of parameters (clinical.md 3.2; 1.4 for critical values)"
NORM = "Beijing outpatient appointment norm 2023"
RETURNED = "clinical.md 3.3: waiting list first, then a batch after 1 to 15 random minutes"
REMINDED = "our choice: an evening to arrange the day, a morning to leave the house"
TEXTED = "what Tencent Cloud SMS lets one number have in a day unless told otherwise"
SCALPERS = "clinical.md 3.4, rules against scalpers; the figure is our choice"
GRABS = "clinical.md 3.2 and 3.4: malicious grabbing, an account that cancels many hot numbers"
BILLED = "protocols.md 4.8, 5.6: bills are ready after 09:00 (Alipay) and 10:00 (WeChat Pay)"
PAID_AS_BOOKED = "as a held number (clinical.md 3.2)"
SIGNED_OFF = "our choice: the hospital's finance office signs it off"
PRICE = "priced by each province: the hospital signs it off"
SCREENED = "clinical.md 3.2: not bookable, go to fever clinic; off until the hospital approves it"
TEXTS = "our choice: nobody floods a phone, and three codes a text are not guessed"
CLOSED = "GB/T 35273-2020, 8.5: an account is closed within 15 working days of asking"
PASSWORDS = "OWASP ASVS 2.1.1: 12; kinds of character by GB/T 22239-2019, 8.1.4.1"
SYMPTOMS = "clinical.md 3.2 names fever; the other words are our choice: the hospital approves them"

TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
DAY_ENDS = "24:00"


class OwnProposal(AppError):
    """Two people decide: who proposed a value cannot approve it."""

    code, status, message = "own_proposal", 403, "不能审批自己提交的参数"


class Parameter(msgspec.Struct, frozen=True):
    """A parameter as declared: an integer within ``least``..``most``, or a time of day as text.

    ``source``: where the default comes from; ``ends``: a time of day may be 24:00, its end;
    ``letters``: not a time of day but words, at most so many characters of them.
    """

    default: Value
    unit: str
    meaning: str
    least: int = 0
    most: int = 1000
    source: str = TABLE
    ends: bool = False
    letters: int = 0

    def check(self, value: Value) -> None:
        """Raises Invalid unless ``value`` is of the declared kind and within its bounds."""
        if self.letters:
            if not isinstance(value, str) or not 1 <= len(value.strip()) <= self.letters:
                wrong = Filled("请填写 1 到 %(most)s 个字", most=self.letters)
                raise Invalid(fields={"value": wrong})
        elif isinstance(self.default, str):
            text = "00:00" if self.ends and value == DAY_ENDS else value
            if not isinstance(text, str) or not TIME_OF_DAY.fullmatch(text):
                raise Invalid(fields={"value": "请填写时刻，例如 07:00"})
        elif isinstance(value, str) or not self.least <= value <= self.most:
            wrong = Filled("请填写 %(least)s 到 %(most)s 的整数", least=self.least, most=self.most)
            raise Invalid(fields={"value": wrong})


PARAMETERS: dict[str, Parameter] = {
    "booking.slot_minutes": Parameter(30, "minutes", "时段长度", 1, 30),
    "booking.fee_chief_fen": Parameter(5000, "fen", "主任医师挂号费", 0, 100_000, PRICE),
    "booking.fee_associate_fen": Parameter(3000, "fen", "副主任医师挂号费", 0, 100_000, PRICE),
    "booking.fee_attending_fen": Parameter(1500, "fen", "主治医师挂号费", 0, 100_000, PRICE),
    "booking.fee_other_fen": Parameter(1500, "fen", "其他职称挂号费", 0, 100_000, PRICE),
    "booking.referral_share": Parameter(
        20, "percent", "留给转诊的号源比例下限", 0, 100, "regional referral rules: at least 20 %"
    ),
    "booking.elder_age": Parameter(
        65, "years", "可约现场号的老年人年龄", 50, 120, f"{NORM}, art. 10; 60 to 80 by city"
    ),
    "booking.extra_numbers": Parameter(
        3, "numbers", "每个午别最多加号", 0, 50, f"{NORM}, art. 11: a strict number, traceable"
    ),
    "booking.window_days": Parameter(14, "days", "可提前预约的天数", 0, 180),
    "booking.his_numbers": Parameter(
        0, "yes or no", "号源归医院 HIS，占号须经其锁定（1 为是）", 0, 1, "features.md B2"
    ),
    "booking.symptom_screen": Parameter(
        0, "yes or no", "预约前询问症状，有症状的请去发热门诊（1 为是）", 0, 1, SCREENED
    ),
    "booking.symptoms": Parameter(
        "发热（体温 37.3 ℃ 及以上），或发热后出现的咳嗽、咽痛、气促、皮疹",
        "words",
        "预约前询问的症状",
        letters=200,
        source=SYMPTOMS,
    ),
    "booking.release_time": Parameter("07:00", "time of day", "每日放号时间"),
    "booking.next_day_cutoff": Parameter(
        "17:00", "time of day", "次日号预约截止，之后转当日通道", ends=True
    ),
    "booking.same_day_minutes": Parameter(0, "minutes", "当日号在时段开始前多久截止"),
    "booking.hold_minutes": Parameter(15, "minutes", "占号待支付时限", 1, 30),
    "booking.cancel_days_before": Parameter(1, "days", "最晚在就诊前几日可线上取消", 0, 30),
    "booking.cancel_until": Parameter("24:00", "time of day", "线上取消截止时刻", ends=True),
    "booking.reschedule_most": Parameter(1, "times", "每个预约患者可改约几次", 0, 10),
    "booking.reschedule_departments": Parameter(0, "yes or no", "可改约到其他科室（1 为是）", 0, 1),
    "booking.reschedule_lower_fee": Parameter(
        0, "yes or no", "可改约到费用较低的号，差额原路退回（1 为是）", 0, 1
    ),
    "booking.per_department_session": Parameter(1, "appointments", "同一午别同一科室限约", 1, 10),
    "booking.per_day": Parameter(3, "appointments", "每人每日限约", 1, 20),
    "booking.open_at_once": Parameter(5, "appointments", "每人同时有效预约上限", 1, 50),
    "booking.per_account_doctor_day": Parameter(
        2, "appointments", "同一账号为家人预约同一医生同一天的上限（0 为不限）", 0, 20, SCALPERS
    ),
    "booking.open_per_account": Parameter(
        10, "appointments", "同一账号同时有效预约上限（0 为不限）", 0, 100, SCALPERS
    ),
    "booking.per_phone_department_day": Parameter(
        0, "appointments", "同一联系手机号同一科室同一天的上限（0 为不限）", 0, 20, SCALPERS
    ),
    "booking.tries_per_account": Parameter(
        30, "times", "同一账号每分钟最多尝试预约（0 为不限）", 0, 1000, SCALPERS
    ),
    "booking.tries_per_device": Parameter(
        60, "times", "同一浏览器每分钟最多尝试预约（0 为不限）", 0, 1000, SCALPERS
    ),
    "booking.tries_per_address": Parameter(
        0, "times", "同一网络地址每分钟最多尝试预约（0 为不限）", 0, 1000, SCALPERS
    ),
    "booking.hot": Parameter(0, "yes or no", "属于热门号（1 为是）", 0, 1, SCALPERS),
    "booking.new_account_hours": Parameter(
        24, "hours", "新账号多久后才能预约热门号（0 为不限）", 0, 720, SCALPERS
    ),
    "booking.rebook_guard_minutes": Parameter(
        30, "minutes", "退出的号多久内不给同一账号或设备的其他人（0 为不限）", 0, 1440, SCALPERS
    ),
    "booking.guard_by_address": Parameter(
        0, "yes or no", "退出的号也不给同一网络地址的其他人（1 为是）", 0, 1, SCALPERS
    ),
    "booking.no_show_counts": Parameter(0, "yes or no", "统计爽约，须人人报到（1 为是）", 0, 1),
    "booking.cancel_counts": Parameter(1, "yes or no", "统计频繁退号（1 为是）", 0, 1),
    "booking.grab_counts": Parameter(
        1, "yes or no", "统计反复占用又放弃热门号（1 为是）", 0, 1, GRABS
    ),
    "booking.grab_limit": Parameter(3, "times", "放弃热门号多少次后限制账号预约", 1, 100, GRABS),
    "booking.grab_days": Parameter(30, "days", "放弃热门号统计周期", 1, source=GRABS),
    "booking.grab_ban_days": Parameter(30, "days", "放弃热门号限制时长", 1, source=GRABS),
    "booking.no_show_limit": Parameter(3, "times", "爽约多少次后限制预约", 1, 100),
    "booking.no_show_days": Parameter(90, "days", "爽约统计周期", 1),
    "booking.no_show_ban_days": Parameter(90, "days", "爽约限制时长", 1),
    "booking.cancel_limit": Parameter(3, "times", "取消多少次后限制预约", 1, 100),
    "booking.cancel_days": Parameter(30, "days", "取消统计周期", 1),
    "booking.cancel_ban_days": Parameter(30, "days", "频繁取消限制时长", 1),
    "booking.arrive_minutes": Parameter(15, "minutes", "请患者在时段开始前多久到院", 0, 120),
    "booking.check_in_minutes": Parameter(60, "minutes", "就诊前多久可报到", 0, 720),
    "booking.late_minutes": Parameter(30, "minutes", "迟到多久视为爽约", 0, 720),
    "booking.wait_list_pay_hours": Parameter(24, "hours", "候补到号后的支付时限", 1, 72),
    "booking.wait_list_last_minutes": Parameter(30, "minutes", "就诊前一日内的候补支付时限", 1),
    "booking.wait_list_opens": Parameter("06:00", "time of day", "候补开放时间"),
    "booking.wait_list_closes": Parameter(
        "23:00", "time of day", "候补截止时间，前一日清空", ends=True
    ),
    "booking.wait_list_first": Parameter(
        1, "yes or no", "退回的号先给候补的患者（1 为是）", 0, 1, RETURNED
    ),
    "booking.wait_list_per_account": Parameter(
        2, "people", "一个账号为同一医生同一天最多候补的就诊人", 1, 20, RETURNED
    ),
    "booking.wait_list_per_person": Parameter(3, "entries", "每人同时最多候补", 1, 20, RETURNED),
    "booking.return_least_minutes": Parameter(
        1, "minutes", "退回的号最早多久后重新放出", 0, 60, RETURNED
    ),
    "booking.return_most_minutes": Parameter(
        15, "minutes", "退回的号最迟多久后分批放出，时刻随机", 0, 60, RETURNED
    ),
    "visit.evening_reminder": Parameter(
        "18:00", "time of day", "就诊前一日发送提醒的时刻", source=REMINDED
    ),
    "visit.morning_reminder": Parameter(
        "07:00", "time of day", "就诊当日发送提醒的时刻", source=REMINDED
    ),
    "stop.call_minutes": Parameter(
        120, "minutes", "停诊消息多久未答复后列入致电名单", 5, 1440, "clinical.md 3.5"
    ),
    "stop.keep_hours": Parameter(24, "hours", "停诊改约号为患者保留时长", 1, 72, "clinical.md 3.5"),
    "critical.receive_minutes": Parameter(
        5, "minutes", "危急值接收并复述时限，也是第二级时刻", 1, 60
    ),
    "critical.notify_minutes": Parameter(5, "minutes", "接收后通知医生时限", 1, 60),
    "critical.handle_minutes": Parameter(30, "minutes", "医生处置时限（住院、急诊）", 1, 240),
    "critical.contact_minutes": Parameter(
        60, "minutes", "医生处置并联系患者时限（门诊、体检）", 1, 480
    ),
    "critical.b_receive_minutes": Parameter(5, "minutes", "B 级危急值接收并复述时限", 1, 60),
    "critical.b_notify_minutes": Parameter(5, "minutes", "B 级危急值通知医生时限", 1, 60),
    "critical.b_handle_minutes": Parameter(30, "minutes", "B 级危急值处置时限", 1, 240),
    "critical.b_contact_minutes": Parameter(60, "minutes", "B 级危急值联系患者时限", 1, 480),
    "critical.third_rung_minutes": Parameter(
        10, "minutes", "升级到护士长（门诊办公室）的时刻", 2, 120
    ),
    "critical.fourth_rung_minutes": Parameter(15, "minutes", "升级到科主任的时刻", 3, 240),
    "critical.fifth_rung_minutes": Parameter(30, "minutes", "升级到医务部的时刻", 4, 480),
    "critical.repeat_minutes": Parameter(10, "minutes", "最后一级之后多久重复一次", 1, 60),
    "critical.note_hours": Parameter(6, "hours", "处置后记入病程的时限", 1, 72),
    "critical.misreads": Parameter(3, "tries", "同一人复述错误几次后停止其复述并升级", 1, 10),
    "critical.first_only_for_a": Parameter(
        0, "yes or no", "A 级也适用“仅首次上报”（1 为是）", 0, 1
    ),
    "critical.card_shows_value": Parameter(
        0, "yes or no", "企业微信卡片显示检验数值（1 为是）", 0, 1
    ),
    "payments.post_to_his": Parameter(
        1, "yes or no", "收退款记入医院 HIS（须已开通账务系统，1 为是）", 0, 1, "features.md B4"
    ),
    "payments.reconciled_at": Parameter(
        "10:30", "time of day", "每日几时自动对前一日的账", source=BILLED
    ),
    "payments.refund_alone_fen": Parameter(
        50_000, "fen", "人工退款超过多少须另一人复核", 0, 100_000_000
    ),
    "payments.unposted_minutes": Parameter(10, "minutes", "多久未入账转人工", 1, 1440),
    "bills.pay_minutes": Parameter(
        15, "minutes", "门诊缴费、预交金待支付时限，其间账单为付款人保留", 1, 120, PAID_AS_BOOKED
    ),
    "bills.deposit_least_fen": Parameter(
        10_000, "fen", "住院预交金每次最少", 1, 100_000_000, SIGNED_OFF
    ),
    "bills.deposit_most_fen": Parameter(
        2_000_000, "fen", "住院预交金每次最多", 1, 100_000_000, SIGNED_OFF
    ),
    "messages.texts_per_day": Parameter(10, "texts", "一人每天最多发送的短信", 1, 50, TEXTED),
    "identity.people_max": Parameter(5, "people", "一个账号最多绑定的就诊人", 1, 20),
    "identity.adds_max": Parameter(3, "people", "一个周期内最多添加的就诊人", 1, 20),
    "identity.adds_days": Parameter(30, "days", "添加就诊人的统计周期", 1),
    "identity.password_length": Parameter(
        12, "characters", "员工新密码的最少位数，已有密码到修改时为止", 12, 64, PASSWORDS
    ),
    "identity.proofs_per_account": Parameter(
        10, "texts", "同一账号每天最多获取几次核验短信", 1, 100, TEXTS
    ),
    "identity.proofs_per_patient": Parameter(
        5, "texts", "为同一就诊人每天最多发送几次核验短信", 1, 100, TEXTS
    ),
    "identity.closing_days": Parameter(
        15, "days", "申请注销账号后多少天完成，期间可撤销", 1, 15, CLOSED
    ),
}

SETTINGS = Machine(
    name="setting",
    states=frozenset({"DRAFT", "APPROVED", "REJECTED"}),
    initial="DRAFT",
    transitions={("DRAFT", "approve"): "APPROVED", ("DRAFT", "reject"): "REJECTED"},
    terminal=frozenset({"APPROVED", "REJECTED"}),
)


class Setting(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One version of one parameter at one place of the hierarchy.

    ``scope`` is the id of the campus, department, clinic type or doctor; empty for the hospital.
    """

    id: str
    inst: str
    name: str
    level: str
    scope: str
    value: Value
    version: int
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None


def setting_id(inst: str, name: str, level: str, scope: str, version: int) -> str:
    return ids.derive("set", inst, name, level, scope, version)


def check_place(level: str, scope: str) -> None:
    """Raises Invalid unless ``level`` is known and names a scope exactly when it needs one."""
    if level not in LEVELS:
        raise Invalid(fields={"level": "请从给出的选项中选择"})
    if bool(scope) == (level == "hospital"):
        raise Invalid(fields={"scope": "请指明适用的院区、科室、门诊类型或医生"})


def in_force(approved: Iterable[Setting]) -> dict[tuple[str, str, str], Value]:
    """The newest approved value by (name, level, scope)."""
    newest: dict[tuple[str, str, str], Setting] = {}
    for one in approved:
        key = (one.name, one.level, one.scope)
        if key not in newest or newest[key].version < one.version:
            newest[key] = one
    return {key: one.value for key, one in newest.items()}


class Origin(msgspec.Struct, frozen=True):
    """A value in force, and the level that it comes from; empty for the declared default."""

    value: Value
    level: str = ""
    scope: str = ""


def origin(
    values: Mapping[tuple[str, str, str], Value], name: str, scopes: Mapping[str, str | None]
) -> Origin:
    """The value for this place and where it comes from; ``scopes`` maps a level to an id.

    Raises:
        KeyError: no such parameter is declared.
    """
    default = PARAMETERS[name].default
    for level in reversed(LEVELS[1:]):
        if (scope := scopes.get(level)) and (name, level, scope) in values:
            return Origin(values[name, level, scope], level, scope)
    if (name, LEVELS[0], "") in values:
        return Origin(values[name, LEVELS[0], ""], LEVELS[0])
    return Origin(default)


def resolved(
    values: Mapping[tuple[str, str, str], Value], name: str, scopes: Mapping[str, str | None]
) -> Value:
    """The value for this place. Raises KeyError: no such parameter is declared."""
    return origin(values, name, scopes).value
