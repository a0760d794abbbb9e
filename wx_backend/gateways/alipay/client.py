"""An Alipay merchant behind `AlipayPort`: python-alipay-sdk on a bounded thread pool."""

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock, local_time
from wx_backend.base.money import yuan
from wx_backend.gateways.alipay import answers, messages
from wx_backend.gateways.alipay.bills import Bills
from wx_backend.gateways.alipay.callback import CallbackReader
from wx_backend.gateways.alipay.port import (
    AlipayConfig,
    AlipayIdentity,
    LifeMessage,
    MiniMessage,
)
from wx_backend.gateways.alipay.sdk import ORIGIN, PooledAliPay
from wx_backend.gateways.alipay.sealed import phone
from wx_backend.gateways.http.adapter import platform_session
from wx_backend.gateways.http.asking import asked
from wx_backend.gateways.paying import (
    PaymentState,
    Prepay,
    RefundRequest,
    RefundState,
    checked_number,
    checked_refund_number,
)
from wx_backend.gateways.phone import VerifiedPhone
from wx_backend.gateways.standing import Standing

T = TypeVar("T")

AUTHORIZE = "/oauth2/publicAppAuthorize.htm"
_STATE = re.compile(r"[0-9A-Za-z]{1,100}")


class AlipayMerchant:
    """Implements `AlipayPort`. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: AlipayConfig, pool: Pool, clock: Clock) -> None:
        self._config, self._pool = config, pool
        self.standing = Standing("alipay", answers.account_trouble)
        self._session = platform_session(ORIGIN, config.api_url)
        self._sdk = PooledAliPay(config, self._session, clock)
        self.callbacks = CallbackReader(config, self._sdk)
        self.bills = Bills(self._sdk, config.bill_url, pool)

    async def create(self, prepay: Prepay) -> str:
        if not prepay.openid:
            raise ValueError("a payment inside Alipay needs the payer")
        payer = "buyer_id" if prepay.openid.startswith("2088") else "buyer_open_id"
        return await self._ask(
            answers.trade_no,
            "alipay.trade.create",
            **_trade(prepay, "JSAPI_PAY"),
            **{payer: prepay.openid, "op_app_id": self._config.app_id},
        )

    async def wap_url(self, prepay: Prepay) -> str:
        if not prepay.back_to:
            raise ValueError("a payment in a browser needs where to come back to")
        content = _trade(prepay, "QUICK_WAP_WAY") | {"quit_url": prepay.back_to}
        return await self._pool.call(self._address, content, prepay.back_to)

    def _address(self, content: dict[str, Any], back_to: str) -> str:
        body = self._sdk.build_body("alipay.trade.wap.pay", content, return_url=back_to)
        return self._sdk.address(body).replace(ORIGIN, self._config.api_url, 1)

    async def precreate(self, prepay: Prepay) -> str:
        content = _trade(prepay, "FACE_TO_FACE_PAYMENT")
        return await self._ask(answers.qr_code, "alipay.trade.precreate", **content)

    async def query(self, out_trade_no: str) -> PaymentState:
        number = checked_number(out_trade_no)
        return await self._ask(answers.payment, "alipay.trade.query", out_trade_no=number)

    async def close(self, out_trade_no: str) -> None:
        number = checked_number(out_trade_no)
        await self._ask(answers.closed, "alipay.trade.close", out_trade_no=number)

    async def refund(self, request: RefundRequest) -> RefundState:
        return await self._ask(
            answers.refund,
            "alipay.trade.refund",
            out_trade_no=request.out_trade_no,
            out_request_no=request.out_refund_no,
            refund_amount=yuan(request.refund_fen),
            refund_reason=request.reason,
        )

    async def query_refund(self, out_trade_no: str, out_refund_no: str) -> RefundState:
        return await self._ask(
            answers.queried_refund,
            "alipay.trade.fastpay.refund.query",
            out_trade_no=checked_number(out_trade_no),
            out_request_no=checked_refund_number(out_refund_no),
            query_options=["gmt_refund_pay"],
        )

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        if not _STATE.fullmatch(state):
            raise ValueError("state is 1-100 letters and digits")
        asked = {
            "app_id": self._config.app_id, "scope": "auth_base", "redirect_uri": redirect_uri,
            "state": state,
        }  # fmt: skip
        return f"{self._config.open_url}{AUTHORIZE}?{urlencode(asked)}"

    async def sign_in(self, code: str) -> AlipayIdentity:
        top = {"grant_type": "authorization_code", "code": code}
        call = functools.partial(self._sdk.server_api, "alipay.system.oauth.token", None, **top)
        return await self._pool.call(self._exchange, answers.identity, call, "oauth.token")

    def phone_number(self, sealed: str) -> VerifiedPhone:
        return phone(sealed, self._config.aes_key, self._sdk.signed)

    async def send_life(self, message: LifeMessage) -> None:
        await self._ask(messages.sent, messages.LIFE, **messages.life(message))

    async def send_mini(self, message: MiniMessage) -> None:
        await self._ask(messages.sent, messages.MINI, **messages.mini(message))

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()
        self.bills.disconnect()

    async def _ask(self, read: Callable[[answers.Answer], T], method: str, **content: Any) -> T:
        call = functools.partial(self._sdk.server_api, method, content)
        return await self._pool.call(self._exchange, read, call, method.removeprefix("alipay."))

    def _exchange(
        self, read: Callable[[answers.Answer], T], ask: Callable[[], answers.Answer], call: str
    ) -> T:
        with asked("alipay", call, self.standing):
            return read(ask())


def _trade(prepay: Prepay, product: str) -> dict[str, Any]:
    return {
        "out_trade_no": prepay.out_trade_no,
        "subject": prepay.description,
        "total_amount": yuan(prepay.amount_fen),
        "product_code": product,
        "time_expire": local_time(prepay.expires_at).strftime("%Y-%m-%d %H:%M:%S"),
    }
