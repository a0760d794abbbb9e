"""Codes that wait to be scanned, as the phone offers them: `{name, text}`, the newest first."""

import json

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.alipay.trades import OPEN, UNSCANNED
from wx_backend.entrypoints.sandbox.pay_views import CODE, yuan
from wx_backend.entrypoints.sandbox.store import Store

_MOST = 10


def wechat(store: Store) -> list[dict[str, str]]:
    """What a merchant shows to be paid, and the account's own codes."""
    orders = store.many(
        "SELECT * FROM orders WHERE kind = 'native' AND state = 'NOTPAY' AND expires > ?"
        " ORDER BY created DESC LIMIT ?",
        clock.now(), _MOST,
    )  # fmt: skip
    scenes = store.many("SELECT scene, url FROM scenes ORDER BY rowid DESC")
    return [
        *(
            _money(one["total"], json.loads(one["request"])["description"], CODE + one["prepay_id"])
            for one in orders
        ),
        *({"name": one["scene"], "text": one["url"]} for one in scenes),
    ]


def alipay(store: Store, platform: str) -> list[dict[str, str]]:
    """What a merchant shows to be paid; `platform`: the address of this sandbox."""
    trades = store.many(
        "SELECT * FROM alipay_trades WHERE json_extract(request, '$.kind') = 'qr'"
        " AND state IN (?, ?) AND expires > ? ORDER BY created DESC LIMIT ?",
        UNSCANNED, OPEN, clock.now(), _MOST,
    )  # fmt: skip
    return [
        _money(
            one["total"],
            json.loads(one["request"])["subject"],
            f"{platform}/_alipay/{one['token']}",
        )
        for one in trades
    ]


def _money(fen: int, what: str, text: str) -> dict[str, str]:
    return {"name": f"收款码 ￥{yuan(fen)} {what}", "text": text}
