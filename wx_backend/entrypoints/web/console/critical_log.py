"""The log of critical values as rows of a file (clinical.md 1.4), as far as alerts know. Pure."""

from datetime import datetime

from notify.critical.model import HOWS, Act, Alert
from wx_backend.base.clock import local_date, local_time
from wx_backend.base.words import Say, as_written
from wx_backend.entrypoints.web.console import alerts
from wx_backend.entrypoints.web.doctor import words

HEADS = (
    "报警时间", "级别", "区域", "科室", "病区", "床号", "患者（掩码）", "性别年龄",
    "就诊号（掩码）", "开单医生", "项目", "结果", "单位", "参考范围", "危急界值", "规则版本",
    "标本", "标本号", "出结果时间", "状态", "接收人", "接收人角色", "复述", "接收地址与设备",
    "接收时间", "接收用时（秒）", "处置医生", "通知方式", "通知医生时间", "联系患者（次）",
    "处置人", "处置措施", "处置时间", "病程记录", "闭环时间", "升级到第几级", "通知人数",
    "缺岗或未送达", "质控办介入", "复述错误次数",
)  # fmt: skip


def row(one: Alert, zone: str, say: Say = as_written) -> tuple:
    """A line an alert, its moments on the hospital's clock."""

    def when(at: datetime | Act | None) -> str:
        moment = at.at if isinstance(at, Act) else at
        return f"{local_time(moment, zone):%Y-%m-%d %H:%M:%S}" if moment else ""

    received, physician, handled, closed = one.received, one.physician, one.handled, one.closed
    return (
        when(one.raised_at), one.severity, say(one.area_name), one.department, one.ward, one.bed,
        one.patient, words.person(one, local_date(one.raised_at, zone), say),
        words.masked(one.visit_no), one.orderer.name, one.name, one.value, one.unit, one.range,
        words.limits(one, say), one.rules, one.specimen, one.specimen_no, when(one.resulted_at),
        say(one.state_name), received.name if received else "", received.role if received else "",
        received.value if received else "", received.device if received else "", when(received),
        alerts.seconds_between(one.raised_at, received.at if received else None),
        physician.name if physician else "",
        say(HOWS.get(physician.how, physician.how)) if physician else "", when(physician),
        len(one.contacts), handled.name if handled else "",
        words.did(handled, say) if handled else "",
        when(handled), closed.note if closed else "", when(closed), max(one.rung, 0) + 1,
        len(one.members), say("；").join(words.gap(gap, say) for gap in one.gaps),
        say("是") if one.supervised else say("否"), one.misreads,
    )  # fmt: skip
