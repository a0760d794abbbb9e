"""WeChat Pay's bills: ask, then fetch what the answer points at, then check it (protocols.md 4.8).

The answer is signed and names the SHA-1 of the unpacked file; the file itself is not signed.
"""

import functools
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import IO, TypeVar

import msgspec
from wechatpayv3 import WeChatPay

from wx_backend.base.bridge import Pool
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.billing import Bill, BillBroken, BillNotReady, BillRow, FundRow, NoBill
from wx_backend.gateways.http.asking import asked
from wx_backend.gateways.http.download import MOST_TEXT
from wx_backend.gateways.wechat_pay import answers, bill_text

R = TypeVar("R")
_CHUNK = 1024 * 1024
_NONE, _MAKING = "NO_STATEMENT_EXIST", "STATEMENT_CREATING"


class _Pointer(msgspec.Struct):
    hash_type: str
    hash_value: str
    download_url: str


class Bills:
    """Implements `BillsPort` for a merchant. `target` is the platform's address in our settings:
    a file of any other host is not fetched.
    """

    def __init__(self, sdk: WeChatPay, target: str, pool: Pool) -> None:
        self._sdk, self._target, self._pool = sdk, target.rstrip("/"), pool

    async def trade(self, day: date, kind: str = "ALL") -> Bill[BillRow]:
        """`kind`: ALL, SUCCESS (payments) or REFUND (refunds)."""
        ask = functools.partial(self._sdk.trade_bill, bill_date=day.isoformat(), bill_type=kind)
        return await self._bill(ask, bill_text.trades)

    async def funds(self, day: date) -> Bill[FundRow]:
        ask = functools.partial(self._sdk.fundflow_bill, bill_date=day.isoformat())
        return await self._bill(ask, bill_text.funds)

    async def _bill(
        self, ask: Callable[..., tuple[int, str]], read: Callable[[Iterable[str]], Iterator[R]]
    ) -> Bill[R]:
        file = await self._pool.call(self._fetch, ask)
        return Bill(self._pool, lambda: _rows(file, read), file.close)

    def _fetch(self, ask: Callable[..., tuple[int, str]]) -> IO[bytes]:
        with asked("wechat_pay", "bill"):
            pointer = _pointer(*ask(tar_type="GZIP"))
        if not pointer.download_url.startswith(f"{self._target}/"):
            raise BillBroken("host")
        with asked("wechat_pay", "bill_file"):
            file = self._sdk._core.download(pointer.download_url.removeprefix(self._target))
        try:
            _verify(file, pointer)
        except BaseException:
            file.close()
            raise
        return file


def _pointer(status: int, text: str) -> _Pointer:
    try:
        return answers.read(status, text, _Pointer)
    except GatewayRefused as error:
        if error.data["platform_code"] == _MAKING:
            raise BillNotReady() from error
        if error.data["platform_code"] == _NONE:
            raise NoBill() from error
        raise


def _verify(file: IO[bytes], pointer: _Pointer) -> None:
    """The unpacked text is the one that the platform vouched for, and of bearable size."""
    if pointer.hash_type != "SHA1":
        raise GatewayUnknown(platform="wechat_pay")
    seen, size = hashlib.sha1(usedforsecurity=False), 0
    try:
        with gzip.GzipFile(fileobj=file) as text:
            while chunk := text.read(_CHUNK):
                seen.update(chunk)
                size += len(chunk)
                if size > MOST_TEXT:
                    raise BillBroken("too_large")
    except (OSError, EOFError, zlib.error) as error:
        raise BillBroken("not_gzip") from error
    if seen.hexdigest() != pointer.hash_value.lower():
        raise BillBroken("checksum")


def _rows(file: IO[bytes], read: Callable[[Iterable[str]], Iterator[R]]) -> Iterator[R]:
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as unpacked:
        text = io.TextIOWrapper(io.BufferedReader(unpacked, _CHUNK), encoding="utf-8", newline="\n")
        try:
            yield from read(text)
        except UnicodeDecodeError as error:
            raise BillBroken("charset") from error
