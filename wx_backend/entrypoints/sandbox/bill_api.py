"""WeChat Pay's bills: ask, then fetch by a token (protocols.md 4.8, 8)."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from wx_backend.entrypoints.sandbox import bill_text
from wx_backend.entrypoints.sandbox.bill_entries import WECHAT_PAY, entries, midnights, spoilt
from wx_backend.entrypoints.sandbox.pay_api import PayHandler
from wx_backend.entrypoints.sandbox.pay_rules import PayError, parameter

READY_HOUR = 10
_TOKEN_SECONDS = 300
_KINDS = ("ALL", "SUCCESS", "REFUND")
_NONE = PayError(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
_MAKING = PayError(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")


class _Bill(PayHandler):
    def give(self, make: Callable[[date, bool], str]) -> None:
        """`make`: the text of a day, spoilt or not."""
        shelf = self.box.shelf
        fault = shelf.fault(self.endpoint)
        kind = fault.kind if fault else ""
        try:
            day = date.fromisoformat(self.get_query_argument("bill_date", ""))
        except ValueError:
            raise parameter("bill_date 格式须为 yyyy-MM-dd") from None
        if kind == "bill_missing" or not shelf.known(day):
            raise _NONE
        if kind == "bill_not_ready" or not shelf.ready(day, READY_HOUR):
            raise _MAKING
        text = make(day, kind == "bill_diff")
        if kind == "bill_half":
            text = text[: text.rindex("\r\n", 0, len(text) // 2) + 2]
        raw = text.encode("gb18030" if kind == "bill_charset" else "utf-8")
        said = b"another text" if kind == "bill_checksum" else raw
        token = shelf.put(gzip.compress(raw, 1, mtime=0), _TOKEN_SECONDS)
        host = "elsewhere.invalid" if kind == "bill_host" else self.request.host
        self.answer(
            {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(said, usedforsecurity=False).hexdigest(),
                "download_url": f"{self.request.protocol}://{host}{FILE}?token={token}",
            }
        )


class Trade(_Bill):
    def get(self) -> None:
        kind = self.get_query_argument("bill_type", "ALL")
        if kind not in _KINDS:
            raise parameter("bill_type 须为 ALL、SUCCESS 或 REFUND")

        def make(day: date, wrong: bool) -> str:
            since, until = midnights(day)
            listed = entries(self.box.store, WECHAT_PAY, until, since)
            if not listed:
                raise _NONE
            return bill_text.trade(spoilt(listed) if wrong else listed, kind, self.box.keys)

        self.give(make)


class Funds(_Bill):
    def get(self) -> None:
        def make(day: date, wrong: bool) -> str:
            since, until = midnights(day)
            listed = entries(self.box.store, WECHAT_PAY, until)
            if not any(one.at >= since for one in listed):
                raise _NONE
            return bill_text.funds(spoilt(listed) if wrong else listed, since, self.box.keys)

        self.give(make)


class File(PayHandler):
    """Asked for with a signature; what comes is not signed."""

    def get(self) -> None:
        file = self.box.shelf.get(self.get_query_argument("token", ""))
        if file is None:
            raise PayError(401, "INVALID_TOKEN", "下载令牌无效或已过期")
        self.set_header("Content-Type", "application/octet-stream")
        self.reply(file)

    def refuse(self, error: Any) -> None:
        self.set_status(error.status)
        self.finish({"code": error.code, "message": error.message})


FILE = "/v3/billdownload/file"
routes = [
    (r"/v3/bill/tradebill", Trade),
    (r"/v3/bill/fundflowbill", Funds),
    (FILE, File),
]
