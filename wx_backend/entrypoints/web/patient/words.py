"""Dates, times and sentences of the patient pages in the reader's language. Pure.

Fixed labels live in the templates; these are the ones made from values.
"""

from datetime import date, datetime, timedelta
from typing import ClassVar

from wx_backend.base.clock import local_time

ENGLISH = "en-US"
MIDNIGHT = "24:00"


class Words:
    """Chinese: the language of the pages unless the reader chose another."""

    weekdays = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
    today, tomorrow, yesterday = "今天", "明天", "昨天"
    sessions: ClassVar[dict[str, str]] = {"AM": "上午", "PM": "下午", "NIGHT": "晚间"}
    everything = "全部"
    no_cancel = "已过可在手机上取消的时间，如需退号请到门诊窗口办理。"
    bring = "请带好身份证或医保卡，到院后先到分诊台报到。"
    stopped = "医生停诊，已付的费用会原路全部退回。"
    unseated = "付款到账时号源已满，已付的费用会原路全部退回。"
    counter = "医院窗口已挂出这个号，预约未成功；已付的费用会原路全部退回。"
    refund_asked, refund_sent, refund_arrived = "退款已受理", "已提交支付平台", "退回原支付账户"
    tabs: ClassVar[dict[str, str]] = {
        "": "全部",
        "unpaid": "待支付",
        "coming": "待就诊",
        "ended": "已结束",
    }
    waiting_tab = "候补"
    deposit = "住院预交金"
    waits_for_slot, waits_for_day = "这个时段", "当天全天"
    platforms: ClassVar[dict[str, str]] = {"wechat_pay": "微信支付", "alipay": "支付宝"}
    doors: ClassVar[dict[str, str]] = {
        "wechat": "微信服务号",
        "wechat_mini": "微信小程序",
        "alipay": "支付宝",
    }
    kinds: ClassVar[dict[str, str]] = {
        "iphone": "iPhone",
        "ipad": "iPad",
        "harmony": "鸿蒙设备",
        "android": "安卓手机",
        "windows": "Windows 电脑",
        "mac": "Mac 电脑",
    }
    some_device = "这台设备"
    relations: ClassVar[dict[str, str]] = {
        "SELF": "本人",
        "SPOUSE": "配偶",
        "PARENT": "父母",
        "CHILD": "子女",
        "OTHER": "其他",
    }

    reasons: ClassVar[dict[str, str]] = {
        "no_show": "多次预约后未就诊",
        "cancel": "频繁退号",
        "grab": "反复占用又放弃热门号",
    }

    def date(self, day: date) -> str:
        """11月24日"""
        return f"{day.month}月{day.day}日"

    def weekday(self, day: date) -> str:
        return self.weekdays[day.weekday()]

    def full_date(self, day: date) -> str:
        """11月24日 周二"""
        return f"{self.date(day)} {self.weekday(day)}"

    def near_date(self, day: date, today: date) -> str:
        """今天, 明天, or 11月24日."""
        return self._relative(day, today) or self.date(day)

    def tile(self, day: date, today: date) -> str:
        """今天, 明天, or 周二."""
        return self._relative(day, today) or self.weekday(day)

    def _relative(self, day: date, today: date) -> str:
        names = {-1: self.yesterday, 0: self.today, 1: self.tomorrow}
        return names.get((day - today).days, "")

    def span(self, starts: datetime, ends: datetime, zone: str) -> str:
        """11月24日 周二 09:30–10:00"""
        day = local_time(starts, zone).date()
        return f"{self.full_date(day)} {hours(starts, zone)}–{hours(ends, zone)}"

    def clinic(self, starts: datetime, session: str, zone: str) -> str:
        """11月24日 周二 上午"""
        return f"{self.full_date(local_time(starts, zone).date())} {self.sessions[session]}"

    def moment(self, at: datetime, zone: str) -> str:
        """11月22日 周日 10:02"""
        return f"{self.full_date(local_time(at, zone).date())} {hours(at, zone)}"

    def until(self, at: datetime, now: datetime, zone: str) -> str:
        """14:30 of today, else 11月23日 14:30."""
        today = local_time(now, zone).date()
        return hours(at, zone) if local_time(at, zone).date() == today else self.deadline(at, zone)

    def scope(self, scope: str, session: str) -> str:
        """What somebody waits for: 这个时段, 上午, 当天全天."""
        if scope == "session":
            return self.sessions[session]
        return self.waits_for_slot if scope == "slot" else self.waits_for_day

    def recent(self, at: datetime, now: datetime, zone: str) -> str:
        """今天 10:02, 昨天 16:20, or 11月20日 09:00."""
        day, today = local_time(at, zone).date(), local_time(now, zone).date()
        return f"{self.near_date(day, today)} {hours(at, zone)}"

    def arrive(self, at: datetime, zone: str) -> str:
        return f"{hours(at, zone)} 前"

    def deadline(self, until: datetime, zone: str) -> str:
        """11月23日 24:00, not the next day's 00:00."""
        local = local_time(until, zone)
        if (local.hour, local.minute) == (0, 0):
            return f"{self.date(local.date() - timedelta(days=1))} {MIDNIGHT}"
        return f"{self.date(local.date())} {local:%H:%M}"

    def cancel_rule(self, until: datetime, now: datetime, zone: str) -> str:
        """Until when and how a booked number can be given back."""
        if now >= until:
            return self.no_cancel
        return f"{self.deadline(until, zone)} 前可在手机上取消，款项原路退回。"

    def rule(self, days: int, limit: int) -> str:
        """Of a restriction: so many times within so many days."""
        return f"{days} 天内达到 {limit} 次，由医院工作人员核实后决定"

    def device(self, platform: str, kind: str) -> str:
        """微信小程序 · iPhone"""
        named = (self.doors.get(platform, ""), self.kinds.get(kind, ""))
        return " · ".join(filter(None, named)) or self.some_device

    def bills(self, count: int) -> str:
        """Of a payment for so many bills."""
        return f"门诊缴费 {count} 项"

    def age(self, years: int, sex: str) -> str:
        return f"{'男' if sex == 'M' else '女'} · {years} 岁"


class English(Words):
    weekdays = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    today, tomorrow, yesterday = "Today", "Tomorrow", "Yesterday"
    sessions: ClassVar[dict[str, str]] = {"AM": "Morning", "PM": "Afternoon", "NIGHT": "Evening"}
    everything = "All"
    no_cancel = "It is too late to cancel by phone; please ask at the outpatient desk."
    bring = "Bring your ID or insurance card and report at the triage desk first."
    stopped = "The doctor's clinic was stopped; what was paid goes back in full."
    unseated = "No number was left when the payment arrived; it goes back in full."
    counter = "The hospital's counter had given this number out; what was paid goes back in full."
    refund_asked, refund_sent = "Refund accepted", "Sent to the platform"
    refund_arrived = "Back on your account"
    tabs: ClassVar[dict[str, str]] = {
        "": "All",
        "unpaid": "To pay",
        "coming": "Coming",
        "ended": "Past",
    }
    waiting_tab = "Waiting"
    deposit = "Inpatient deposit"
    waits_for_slot, waits_for_day = "This time", "The whole day"
    platforms: ClassVar[dict[str, str]] = {"wechat_pay": "WeChat Pay", "alipay": "Alipay"}
    doors: ClassVar[dict[str, str]] = {
        "wechat": "WeChat",
        "wechat_mini": "WeChat mini-program",
        "alipay": "Alipay",
    }
    kinds: ClassVar[dict[str, str]] = {
        "iphone": "iPhone",
        "ipad": "iPad",
        "harmony": "HarmonyOS",
        "android": "Android",
        "windows": "Windows",
        "mac": "Mac",
    }
    some_device = "This device"
    relations: ClassVar[dict[str, str]] = {
        "SELF": "Self",
        "SPOUSE": "Spouse",
        "PARENT": "Parent",
        "CHILD": "Child",
        "OTHER": "Other",
    }

    reasons: ClassVar[dict[str, str]] = {
        "no_show": "Booked visits missed too often",
        "cancel": "Numbers given back too often",
        "grab": "Sought-after numbers taken and given up again",
    }

    def date(self, day: date) -> str:
        return f"{day.day} {self.months[day.month - 1]}"

    def full_date(self, day: date) -> str:
        return f"{self.weekday(day)} {self.date(day)}"

    def arrive(self, at: datetime, zone: str) -> str:
        return f"by {hours(at, zone)}"

    def cancel_rule(self, until: datetime, now: datetime, zone: str) -> str:
        if now >= until:
            return self.no_cancel
        return (
            f"You can cancel here until {self.deadline(until, zone)}; the fee comes back in full."
        )

    def rule(self, days: int, limit: int) -> str:
        return f"{limit} times within {days} days; decided by the hospital's staff"

    def bills(self, count: int) -> str:
        return f"{count} outpatient {'bill' if count == 1 else 'bills'}"

    def age(self, years: int, sex: str) -> str:
        return f"{'Male' if sex == 'M' else 'Female'} · {years}"


CHINESE, OTHER = Words(), {ENGLISH: English()}


def words_in(language: str) -> Words:
    """The words of a language tag; Chinese for any that is not written yet."""
    return OTHER.get(language, CHINESE)


def hours(moment: datetime, zone: str) -> str:
    """09:30"""
    return f"{local_time(moment, zone):%H:%M}"
