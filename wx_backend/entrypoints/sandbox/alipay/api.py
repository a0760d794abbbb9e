"""`/gateway.do`: every method of Alipay's open platform goes through one address."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.alipay import bill_api, notices, payers, rules, wire
from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, Content
from wx_backend.entrypoints.sandbox.alipay.trades import Trades
from wx_backend.entrypoints.sandbox.faults import PAY, Fault
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wire import WireHandler

SKEW_SECONDS = 600
_FAULTS = {
    "rate_limit": AlipayError("40005", "isv.app-call-limited", "调用频次超限"),
    "busy": AlipayError("20000", "isp.unknow-error", "系统繁忙"),
    "refused": AlipayError("40006", "isv.insufficient-isv-permissions", "权限不足"),
    "clock_skew": rules.invalid("invalid-timestamp", "时间戳不正确"),
}


class Gateway(WireHandler):
    """GET with everything in the query, or POST with a form; both are judged alike."""

    refusal = AlipayError

    async def prepare(self) -> None:
        query = parse_qsl(self.request.query, keep_blank_values=True)
        form = parse_qsl(self.request.body.decode("utf-8", "replace"), keep_blank_values=True)
        self.fields = dict(query) | dict(form)
        self.method = self.fields.get("method", "")
        self._fault: Fault | None = None
        await super().prepare()
        if self._finished:
            return
        self._fault = self.box.faults.take(self.endpoint, PAY)
        self._judge()
        if self._fault and self._fault.kind in _FAULTS:
            raise _FAULTS[self._fault.kind]

    @property
    def endpoint(self) -> str:
        """What faults and the journal call this call."""
        return f"/gateway.do/{self.fields.get('method', '')}"

    def _judge(self) -> None:
        fields, keys = self.fields, self.box.keys
        if fields.get("app_id") != keys.alipay_app_id:
            raise rules.invalid("invalid-app-id", "无效的AppID参数")
        if self.method not in METHODS and self.method != PAGE:
            raise rules.invalid("invalid-method", "不存在的方法名")
        if fields.get("sign_type") != "RSA2" or fields.get("version") != "1.0":
            raise rules.invalid("invalid-signature-type", "无效签名类型")
        if abs(_stamp(fields.get("timestamp", "")) - clock.now()) > SKEW_SECONDS:
            raise rules.invalid("invalid-timestamp", "非法的时间戳参数")
        if not wire.verify(keys.alipay_app_public_key, fields.get("sign", ""), wire.joined(fields)):
            raise rules.invalid("invalid-signature", "无效签名")

    def get(self) -> None:
        if self.method != PAGE:
            self.post()
            return
        trade = self.box.trades.open("wap", self._content(), self.fields.get("notify_url", ""))
        self.redirect(f"/_alipay/{trade['token']}?back={self.fields.get('return_url', '')}")

    def post(self) -> None:
        self._answer(METHODS[self.method](self, self._content()))

    def _content(self) -> Content:
        try:
            content = json.loads(self.fields.get("biz_content") or "{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise rules.invalid("invalid-parameter", "biz_content 不是 JSON 对象")
        return content

    def _answer(self, content: Content) -> None:
        forged = self._fault and self._fault.kind == "bad_sign"
        key = self.box.keys.forger_key if forged else self.box.keys.alipay_key
        text = wire.envelope(wire.response_name(self.method), content, key)
        self.set_header("Content-Type", "text/html;charset=utf-8")  # as the platform has it
        self.reply(text.encode())

    def refuse(self, error: Any) -> None:
        if error.signed:
            self._answer(error.content())
        else:
            self.reply(wire.envelope("error_response", error.content(), None).encode())


def _stamp(text: str) -> float:
    try:
        return rules.moment(text)
    except AlipayError:
        return 0.0


def _done(**fields: Any) -> Content:
    return {"code": "10000", "msg": "Success", **fields}


def _trades(handler: Gateway) -> Trades:
    return handler.box.trades


def _create(handler: Gateway, content: Content) -> Content:
    if content.get("product_code") != "JSAPI_PAY" or not content.get("op_app_id"):
        raise rules.business("INVALID_PARAMETER", "小程序支付须传 product_code 和 op_app_id")
    if payers.by_open_id(str(content.get("buyer_open_id", ""))) is None:
        raise rules.business("INVALID_PARAMETER", "买家不存在")
    trade = _trades(handler).open("mini", content, handler.fields.get("notify_url", ""))
    return _done(out_trade_no=trade["out_trade_no"], trade_no=trade["trade_no"])


def _precreate(handler: Gateway, content: Content) -> Content:
    trade = _trades(handler).open("qr", content, handler.fields.get("notify_url", ""))
    address = f"{handler.request.protocol}://{handler.request.host}/_alipay/{trade['token']}"
    return _done(out_trade_no=trade["out_trade_no"], qr_code=address)


def _query(handler: Gateway, content: Content) -> Content:
    return _done(**notices.view(_trades(handler).known(content)))


def _close(handler: Gateway, content: Content) -> Content:
    trade = _trades(handler).close(content, handler.endpoint)
    return _done(out_trade_no=trade["out_trade_no"], trade_no=trade["trade_no"])


def _cancel(handler: Gateway, content: Content) -> Content:
    trade, action = _trades(handler).cancel(content)
    number = trade["trade_no"] if trade else ""
    return _done(
        out_trade_no=content.get("out_trade_no", ""), trade_no=number, retry_flag="N",
        action=action,
    )  # fmt: skip


def _refund(handler: Gateway, content: Content) -> Content:
    trade, moved = _trades(handler).refund(content, handler.endpoint)
    return _done(
        out_trade_no=trade["out_trade_no"], trade_no=trade["trade_no"],
        fund_change="Y" if moved else "N", refund_fee=yuan(trade["refunded"]),
    )  # fmt: skip


def _query_refund(handler: Gateway, content: Content) -> Content:
    trade, row = _trades(handler).asked(content)
    if row is None:
        return _done()
    return _done(
        out_trade_no=trade["out_trade_no"], trade_no=trade["trade_no"],
        out_request_no=row["out_request_no"], refund_amount=yuan(row["amount"]),
        total_amount=yuan(trade["total"]), refund_status="REFUND_SUCCESS",
        gmt_refund_pay=rules.beijing(row["at"]),
    )  # fmt: skip


def _token(handler: Gateway, content: Content) -> Content:
    """`alipay.system.oauth.token`: its parameters stand beside, and a success has no code."""
    if handler.fields.get("grant_type") != "authorization_code":
        raise rules.invalid("grant-type-invalid", "不支持的 grant_type")
    try:
        row = handler.box.tokens.use_code("alipay", handler.fields.get("code", ""))
    except WechatError:
        raise rules.invalid("code-invalid", "授权码code无效") from None
    token = f"authusrB{row['code']}"
    return {
        "access_token": token, "expires_in": 1296000, "refresh_token": f"r{token}",
        "re_expires_in": 2592000, "open_id": row["openid"],
        "auth_start": rules.beijing(clock.now()),
    }  # fmt: skip


def _life(handler: Gateway, content: Content) -> Content:
    return _done(msg_id=handler.box.alipay_messages.send_life(content))


def _mini(handler: Gateway, content: Content) -> Content:
    handler.box.alipay_messages.send_mini(content)
    return _done()


PAGE = "alipay.trade.wap.pay"
METHODS: dict[str, Callable[[Gateway, Content], Content]] = {
    "alipay.trade.create": _create,
    "alipay.trade.precreate": _precreate,
    "alipay.trade.query": _query,
    "alipay.trade.close": _close,
    "alipay.trade.cancel": _cancel,
    "alipay.trade.refund": _refund,
    "alipay.trade.fastpay.refund.query": _query_refund,
    "alipay.system.oauth.token": _token,
    "alipay.open.public.message.single.send": _life,
    "alipay.open.app.mini.templatemessage.send": _mini,
    "alipay.data.dataservice.bill.downloadurl.query": bill_api.address,
}

routes = [(r"/gateway\.do", Gateway)]
