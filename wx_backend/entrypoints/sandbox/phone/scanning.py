"""扫一扫: where the text of a code leads in each app, and the cashier for who has scanned it."""

from typing import Any
from urllib.parse import quote, urlsplit

from wx_backend.entrypoints.sandbox.alipay.cashier import AlipayCashier
from wx_backend.entrypoints.sandbox.alipay.payers import open_id
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.cashier import CashierPage, WechatCashier
from wx_backend.entrypoints.sandbox.pay_views import CODE
from wx_backend.entrypoints.sandbox.people import Person
from wx_backend.entrypoints.sandbox.phone.owner import ALIPAY, WECHAT, Client
from wx_backend.entrypoints.sandbox.phone.pay_sheet import failed
from wx_backend.entrypoints.sandbox.phone.shell import PhoneHandler
from wx_backend.entrypoints.sandbox.store import Row


class Scan(PhoneHandler):
    """The owner scans a code that holds `{text}`: the `{url}` it opens, "" when it opens nothing;
    404 when the app cannot read it."""

    def post(self) -> None:
        person = self.client.owner(self)
        if person is None:
            self.send_error(403)
            return
        try:
            url = self.leads(person, str(self.body().get("text", "")).strip())
        except ValueError:  # an address without sense
            url = None
        if url is None:
            self.send_error(404)
        else:
            self.answer({"url": url})

    def leads(self, person: Person, text: str) -> str | None:
        """A code of every app: the hospital's web."""
        if urlsplit(text).scheme not in ("http", "https"):
            return None
        url = self.inside(text)
        return url if url.startswith("/") else None


class WechatScan(Scan):
    """Also the account's codes, and a merchant's native ones."""

    client = WECHAT

    def leads(self, person: Person, text: str) -> str | None:
        if self.box.followers.scan(person.openid, text):
            return ""
        if text.startswith(CODE):
            return f"{WECHAT.path}_native/{quote(text.removeprefix(CODE), safe='')}"
        return super().leads(person, text)


class AlipayScan(Scan):
    """Also a merchant's codes."""

    client = ALIPAY

    def leads(self, person: Person, text: str) -> str | None:
        parts = urlsplit(text)
        if parts.port == self.platform_port and parts.path.startswith("/_alipay/"):
            return f"{ALIPAY.path.rstrip('/')}{parts.path}"
        return super().leads(person, text)


class Scanned(CashierPage):
    """A cashier inside the app: its owner pays."""

    app: Client

    def initialize(self, box: Box, platform_port: int) -> None:
        super().initialize(box)

    def prepare(self) -> None:
        if self.owner is None:
            self.redirect(self.app.path)

    @property
    def owner(self) -> Any:
        return self.app.owner(self)


class NativeCashier(Scanned, WechatCashier):
    app = WECHAT

    def payable(self, token: str) -> Row:
        order = super().payable(token)
        if order["kind"] != "native":
            raise failed("请在微信外打开订单，进行支付")
        return order

    def pay(self, row: Row) -> Row:
        return self.box.desk.pay(row, self.owner.openid)


class TradeCashier(Scanned, AlipayCashier):
    app = ALIPAY

    def pay(self, row: Row) -> Row:
        return self.box.trades.pay(row, open_id(self.owner))


routes = [
    (r"/__wechat/api/scan", WechatScan),
    (r"/__wechat/_native/([^/]+)", NativeCashier),
    (r"/__alipay/api/scan", AlipayScan),
    (r"/__alipay/_alipay/([^/]+)", TradeCashier),
]
