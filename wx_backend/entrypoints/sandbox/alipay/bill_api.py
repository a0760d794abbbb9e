"""Alipay's bills: an address that is good for half a minute, and the file (protocols.md 5.6)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from wx_backend.entrypoints.sandbox.alipay import bill_files
from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, Content
from wx_backend.entrypoints.sandbox.bill_entries import ALIPAY, entries, midnights, spoilt
from wx_backend.entrypoints.sandbox.wire import WireHandler

if TYPE_CHECKING:
    from wx_backend.entrypoints.sandbox.alipay.api import Gateway

READY_HOUR = 9
_SECONDS = 30
_NONE = AlipayError("40004", "isp.bill_not_exist", "账单不存在")


def address(handler: Gateway, content: Content) -> Content:
    """`alipay.data.dataservice.bill.downloadurl.query` of one day."""
    shelf = handler.box.shelf
    fault = shelf.fault(handler.endpoint)
    kind = fault.kind if fault else ""
    try:
        day = date.fromisoformat(str(content.get("bill_date", "")))
    except ValueError:
        raise AlipayError("40004", "isv.invalid-arguments", "bill_date 格式不正确") from None
    if content.get("bill_type") not in ("trade", "signcustomer"):
        raise AlipayError("40004", "isv.invalid-arguments", "bill_type 不支持")
    ready = shelf.known(day) and shelf.ready(day, READY_HOUR)
    if kind in ("bill_missing", "bill_not_ready") or not ready:
        raise _NONE
    file = _file(handler, str(content["bill_type"]), day, kind)
    host = "elsewhere.invalid" if kind == "bill_host" else handler.request.host
    token = shelf.put(file, _SECONDS)
    url = f"{handler.request.protocol}://{host}{FILE}?bizType={content['bill_type']}&token={token}"
    return {"code": "10000", "msg": "Success", "bill_download_url": url}


def _file(handler: Gateway, kind: str, day: date, fault: str) -> bytes:
    box, (since, until) = handler.box, midnights(day)
    listed = entries(box.store, ALIPAY, until, since if kind == "trade" else 0.0)
    if not any(one.at >= since for one in listed):
        raise _NONE
    if fault == "bill_diff":
        listed = spoilt(listed)
    if kind == "trade":
        name, lines = bill_files.trade(listed, day, box.keys)
    else:
        name, lines = bill_files.funds(listed, since, day, box.keys)
    if fault == "bill_half":
        lines = lines[: len(lines) // 2]
    charset = "utf-8" if fault == "bill_charset" else "gb18030"
    file = bill_files.packed(name, lines, day, box.keys, charset)
    return _bent(file) if fault == "bill_checksum" else file


def _bent(file: bytes) -> bytes:
    """One bit of the packed text is another."""
    at = len(file) // 3
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]


class File(WireHandler):
    """Nobody signs it: who has the address has the file."""

    refusal = AlipayError

    def get(self) -> None:
        file = self.box.shelf.get(self.get_query_argument("token", ""))
        if file is None:
            raise AlipayError("40004", "isp.url_expired", "下载地址已失效")
        self.set_header("Content-Type", "application/octet-stream")
        self.reply(file)

    def refuse(self, error: Any) -> None:
        self.set_status(404)
        self.finish(error.message)


FILE = "/downloadBillFile.resource"
routes = [(r"/downloadBillFile\.resource", File)]
