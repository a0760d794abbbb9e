"""Cards as the tests send them."""

from typing import Any

from wx_backend.gateways.wecom.port import Button, Card, Choice

LINK = "/c/1"
GOT, LOOK = Button(text="收到", key="got"), Button(text="查看", url=LINK, style=2)
READ_BACK = Choice(key="k", title="血钾读回", options={"a": "6.82", "b": "8.62"})


def card(task_id: str = "crit-1", **changes: Any) -> Card:
    good = {
        "title": "危急值待确认",
        "subtitle": "检验科 10:42 发布",
        "url": LINK,
        "source": "云江市第一人民医院",
        "fields": (("患者", "张*国"), ("病区", "心内一病区 12 床")),
        "buttons": (GOT, LOOK),
    }
    return Card(task_id=task_id, **good | changes)
