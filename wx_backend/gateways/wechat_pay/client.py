"""A WeChat Pay merchant behind `WeChatPayPort`: wechatpayv3 on a bounded thread pool."""

import functools
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from wechatpayv3 import WeChatPayType

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock, local_time
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
from wx_backend.gateways.standing import Standing
from wx_backend.gateways.wechat_pay import answers, sdk
from wx_backend.gateways.wechat_pay.bills import Bills
from wx_backend.gateways.wechat_pay.callback import CallbackReader
from wx_backend.gateways.wechat_pay.port import PayConfig

T = TypeVar("T")


class Merchant:
    """Implements `WeChatPayPort`. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: PayConfig, pool: Pool, clock: Clock) -> None:
        self._config, self._pool, self._clock = config, pool, clock
        self.standing = Standing("wechat_pay", answers.account_trouble)
        self._session = platform_session(sdk.ORIGIN, config.api_url)
        self._sdk = sdk.build(config, self._session, clock)
        self.callbacks = CallbackReader(config, self._sdk, clock)
        self.bills = Bills(self._sdk, config.api_url, pool)

    async def prepay_jsapi(self, prepay: Prepay) -> str:
        if not prepay.openid:
            raise ValueError("a payment inside WeChat needs the payer's openid")
        return await self._ask(
            answers.prepay_id,
            self._sdk.pay,
            **_order(prepay),
            payer={"openid": prepay.openid},
            pay_type=WeChatPayType.JSAPI,
        )

    async def prepay_h5(self, prepay: Prepay) -> str:
        if not prepay.client_ip:
            raise ValueError("a payment outside WeChat needs the payer's address")
        return await self._ask(
            answers.h5_url,
            self._sdk.pay,
            **_order(prepay),
            scene_info={"payer_client_ip": prepay.client_ip, "h5_info": {"type": "Wap"}},
            pay_type=WeChatPayType.H5,
        )

    async def prepay_native(self, prepay: Prepay) -> str:
        return await self._ask(
            answers.code_url, self._sdk.pay, **_order(prepay), pay_type=WeChatPayType.NATIVE
        )

    def jsapi_params(self, prepay_id: str, appid: str = "") -> dict[str, str]:
        app = appid or self._config.appids[0]
        stamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        return {
            "appId": app,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._sdk.sign([app, stamp, nonce, package]),
        }

    async def query(self, out_trade_no: str) -> PaymentState:
        number = checked_number(out_trade_no)
        return await self._ask(answers.payment, self._sdk.query, out_trade_no=number)

    async def close(self, out_trade_no: str) -> None:
        number = checked_number(out_trade_no)
        await self._ask(answers.closed, self._sdk.close, out_trade_no=number)

    async def refund(self, request: RefundRequest) -> RefundState:
        return await self._ask(
            answers.refund,
            self._sdk.refund,
            out_trade_no=request.out_trade_no,
            out_refund_no=request.out_refund_no,
            amount={"refund": request.refund_fen, "total": request.total_fen, "currency": "CNY"},
            reason=request.reason,
        )

    async def query_refund(self, out_trade_no: str, out_refund_no: str) -> RefundState:
        """Found by its own number alone."""
        number = checked_refund_number(out_refund_no)
        return await self._ask(answers.queried_refund, self._sdk.query_refund, out_refund_no=number)

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    async def _ask(
        self, read: Callable[[int, str], T], call: Callable[..., tuple[int, str]], **values: Any
    ) -> T:
        return await self._pool.call(
            self._exchange, read, functools.partial(call, **values), call.__name__
        )

    def _exchange(
        self, read: Callable[[int, str], T], ask: Callable[[], tuple[int, str]], call: str
    ) -> T:
        with asked("wechat_pay", call, self.standing):
            return read(*ask())


def _order(prepay: Prepay) -> dict[str, Any]:
    return {
        "description": prepay.description,
        "out_trade_no": prepay.out_trade_no,
        "amount": {"total": prepay.amount_fen, "currency": "CNY"},
        "time_expire": local_time(prepay.expires_at).isoformat(timespec="seconds"),
        "appid": prepay.appid,
    }
