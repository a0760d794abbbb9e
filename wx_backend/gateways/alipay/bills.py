"""Alipay's bills: ask for an address that is good for 30 seconds, fetch at once (protocols.md 5.6).

The file is a zip with two GBK texts, the list and its summary. Nothing vouches for it but the
address that we were given in a signed answer, the sums of the archive and those inside the list.
"""

import functools
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import IO, TypeVar
from urllib.parse import urlsplit

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.errors import GatewayRefused
from wx_backend.gateways.alipay import answers, bill_text
from wx_backend.gateways.alipay.sdk import PooledAliPay
from wx_backend.gateways.billing import Bill, BillBroken, BillRow, FundRow, NoBill
from wx_backend.gateways.http.adapter import platform_session
from wx_backend.gateways.http.asking import asked
from wx_backend.gateways.http.download import MOST_TEXT, fetch

R = TypeVar("R")

METHOD = "alipay.data.dataservice.bill.downloadurl.query"
_NONE = ("isp.bill_not_exist", "isv.bill_not_exist")
_SUMMARY = "汇总"
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


class _Address(msgspec.Struct):
    bill_download_url: str


class Bills:
    """Implements `BillsPort` for a merchant. A file is fetched from `target` and no other host,
    whatever the answer says; that host is ours to name in the settings.
    """

    def __init__(self, sdk: PooledAliPay, target: str, pool: Pool) -> None:
        self._sdk, self._target, self._pool = sdk, target.rstrip("/"), pool
        self._session = platform_session(self._target, self._target)

    async def trade(self, day: date) -> Bill[BillRow]:
        return await self._bill("trade", day, bill_text.trades)

    async def funds(self, day: date) -> Bill[FundRow]:
        return await self._bill("signcustomer", day, bill_text.funds)

    def disconnect(self) -> None:
        self._session.close()

    async def _bill(
        self, kind: str, day: date, read: Callable[[Iterable[str]], Iterator[R]]
    ) -> Bill[R]:
        content = {"bill_type": kind, "bill_date": day.isoformat()}
        file = await self._pool.call(self._fetch, content)
        return Bill(self._pool, functools.partial(_rows, file, read), file.close)

    def _fetch(self, content: dict[str, str]) -> IO[bytes]:
        with asked("alipay", "bill"):
            url = _address(self._sdk.server_api(METHOD, content))
        with asked("alipay", "bill_file"):
            return fetch(self._session, self._ours(url), {})

    def _ours(self, url: str) -> str:
        """The address, once its host is the one we know; over https when we know it so."""
        try:
            given, ours = urlsplit(url), urlsplit(self._target)
        except ValueError as error:
            raise BillBroken("host") from error
        if given.netloc != ours.netloc or given.scheme not in ("http", "https"):
            raise BillBroken("host")
        return given._replace(scheme=ours.scheme).geturl()


def _address(answer: answers.Answer) -> str:
    try:
        return answers.read(answer, _Address).bill_download_url
    except GatewayRefused as error:
        if error.data["platform_code"] in _NONE:
            raise NoBill() from error
        raise


def _rows(file: IO[bytes], read: Callable[[Iterable[str]], Iterator[R]]) -> Iterator[R]:
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_listed(archive)) as packed:
            yield from read(io.TextIOWrapper(packed, encoding="gb18030", newline=""))
    except UnicodeDecodeError as error:
        raise BillBroken("charset") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BillBroken("not_zip") from error


def _listed(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file that is no summary. Names are GBK, which zip knows nothing of."""
    found = [one for one in archive.infolist() if _SUMMARY not in _name(one) and not one.is_dir()]
    if len(found) != 1:
        raise BillBroken("files")
    if found[0].compress_type not in PACKINGS or found[0].flag_bits & ENCRYPTED:
        raise BillBroken("not_zip")
    if found[0].file_size > MOST_TEXT:
        raise BillBroken("too_large")
    return found[0]


def _name(one: zipfile.ZipInfo) -> str:
    if one.flag_bits & 0x800:
        return one.filename
    return one.filename.encode("cp437", "replace").decode("gb18030", "replace")
