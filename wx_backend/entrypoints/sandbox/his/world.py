"""Whom the HIS knows and what they owe: made up from the number of an identity card alone, so that
the same person always owes the same (pure, deterministic).

Names and prices of items are invented for this purpose and follow no price list.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from wx_backend.entrypoints.sandbox import clock

Item = dict[str, Any]
SOURCE = "云江市医疗服务价格项目（演示）"
SHOP = "云江市药品集中采购价（演示）"

_SERVICES = (
    ("110200001", "普通门诊诊查费", "", "次", 1500, "诊查费"),
    ("110200002", "专家门诊诊查费", "", "次", 5000, "诊查费"),
    ("110200005", "急诊诊查费", "", "次", 2500, "诊查费"),
    ("110300001", "门急诊留观诊查费", "", "日", 2000, "诊查费"),
    ("250101001", "血常规（五分类）", "静脉血", "次", 2000, "检验费"),
    ("250102001", "尿常规检查", "", "次", 1200, "检验费"),
    ("250301001", "空腹血糖测定", "静脉血", "项", 500, "检验费"),
    ("250302001", "糖化血红蛋白测定", "静脉血", "项", 7000, "检验费"),
    ("250303001", "血脂四项", "静脉血", "套", 4800, "检验费"),
    ("250305001", "肝功能十一项", "静脉血", "套", 9600, "检验费"),
    ("250307001", "肾功能三项", "静脉血", "套", 3600, "检验费"),
    ("250306001", "超敏肌钙蛋白测定", "静脉血", "项", 12000, "检验费"),
    ("250203001", "凝血四项", "静脉血", "套", 8000, "检验费"),
    ("250310001", "甲状腺功能五项", "静脉血", "套", 15000, "检验费"),
    ("210102001", "胸部正侧位摄影（DR）", "", "次", 9000, "影像检查费"),
    ("210300001", "胸部 CT 平扫", "", "部位", 26000, "影像检查费"),
    ("210300002", "头颅 CT 平扫", "", "部位", 24000, "影像检查费"),
    ("210200001", "颅脑磁共振平扫", "", "部位", 48000, "影像检查费"),
    ("220201001", "腹部彩超", "肝胆胰脾", "次", 13000, "影像检查费"),
    ("220301001", "心脏彩超", "", "次", 18000, "影像检查费"),
    ("220203001", "甲状腺彩超", "", "次", 9500, "影像检查费"),
    ("310701001", "常规心电图检查", "十二导联", "次", 2500, "影像检查费"),
    ("310701003", "动态心电图", "24 小时", "次", 18000, "影像检查费"),
    ("310902001", "胃镜检查", "", "次", 24000, "影像检查费"),
    ("120400001", "肌肉注射", "", "次", 500, "治疗费"),
    ("120400006", "静脉输液", "", "组", 900, "治疗费"),
    ("120500001", "小换药", "", "次", 1500, "治疗费"),
    ("120100012", "雾化吸入", "", "次", 1200, "治疗费"),
    ("340200020", "中频脉冲电治疗", "", "部位", 2400, "治疗费"),
    ("430000001", "普通针刺", "", "次", 3000, "治疗费"),
    ("110900001", "普通病房床位费", "三人间", "日", 5000, "床位费"),
    ("110900003", "单人病房床位费", "", "日", 18000, "床位费"),
    ("120100003", "二级护理", "", "日", 1800, "护理费"),
    ("120100002", "一级护理", "", "日", 3500, "护理费"),
    ("C14010101", "一次性使用静脉输液器", "带针 0.7", "套", 350, "材料费"),
)
_DRUGS = (
    ("XC08CA01", "苯磺酸氨氯地平片", "5mg×28 片", "盒", 1680, "西药费"),
    ("XA10BA02", "盐酸二甲双胍缓释片", "0.5g×60 片", "盒", 2430, "西药费"),
    ("XC10AA05", "阿托伐他汀钙片", "20mg×28 片", "盒", 3990, "西药费"),
    ("XB01AC06", "阿司匹林肠溶片", "100mg×30 片", "盒", 1520, "西药费"),
    ("XJ01CA04", "阿莫西林胶囊", "0.5g×24 粒", "盒", 980, "西药费"),
    ("ZA04BA01", "复方丹参滴丸", "27mg×180 丸", "瓶", 2650, "中成药费"),
    ("ZA06AA02", "连花清瘟胶囊", "0.35g×36 粒", "盒", 2380, "中成药费"),
)
_NAMES = ("code", "name", "spec", "unit", "price_fen", "category", "source")
PRICES: tuple[Item, ...] = tuple(
    dict(zip(_NAMES, (*row, source), strict=True))
    for rows, source in ((_SERVICES, SOURCE), (_DRUGS, SHOP))
    for row in rows
)
_BY_CATEGORY: dict[str, list[Item]] = {}
for _price in PRICES:
    _BY_CATEGORY.setdefault(_price["category"], []).append(_price)

_BILLS = (
    ("DRUG", "西药费", 3, (("心血管内科", "周启明"), ("内分泌科", "何静雯"))),
    ("LAB", "检验费", 2, (("心血管内科", "周启明"), ("消化内科", "许文博"))),
    ("IMAGING", "影像检查费", 1, (("呼吸与危重症医学科", "陆远航"), ("神经内科", "沈若兰"))),
)
_STAY = ("床位费", "护理费", "治疗费", "检验费", "西药费")
DEPOSIT_FEN = 300_000
DAYS = 3
"""How long somebody has been an inpatient when the HIS is first asked about them."""


def draw(*parts: object) -> int:
    """A number that belongs to these words."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8])


def line(price: Item, quantity: int = 1) -> Item:
    """A line of a bill."""
    told = {name: price[name] for name in ("name", "spec", "unit", "price_fen")}
    return {**told, "quantity": str(quantity), "fen": price["price_fen"] * quantity}


def bills(id_no: str, at: float) -> list[Item]:
    """Three bills of today: drugs, tests, imaging."""
    made = []
    for kind, category, lines, prescribers in _BILLS:
        seed = draw(id_no, kind)
        catalogue = _BY_CATEGORY[category]
        chosen = [catalogue[(seed + n) % len(catalogue)] for n in range(lines)]
        items = [line(one, 1 + (seed >> n) % 2 * (kind == "DRUG")) for n, one in enumerate(chosen)]
        department, doctor = prescribers[seed % len(prescribers)]
        made.append(
            {
                "no": f"MZ{seed % 10**10:010d}", "kind": kind, "department": department,
                "doctor": doctor, "prescribed_at": _moment(at - 1800),
                "expires_at": _moment(at + 72 * 3600), "items": items,
            }
        )  # fmt: skip
    return made


def is_inpatient(id_no: str) -> bool:
    return draw(id_no, "stay") % 3 == 0


def stay(name: str, id_no: str, at: float) -> Item:
    """Admitted some days ago, with a first deposit."""
    admitted = _local(at).date() - timedelta(days=DAYS)
    return {
        "visit_no": f"ZY{draw(id_no, 'visit') % 10**8:08d}", "name": name,
        "department": "心血管内科", "admitted_on": admitted.isoformat(),
        "deposit_fen": DEPOSIT_FEN,
    }  # fmt: skip


def day(visit_no: str, on: str) -> list[Item]:
    """What a day in a bed costs."""
    seed = draw(visit_no, on)
    return [line(_BY_CATEGORY[name][seed % len(_BY_CATEGORY[name])]) for name in _STAY]


def _moment(seconds: float) -> str:
    return clock.rfc3339(seconds) or ""


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, clock.CHINA)
