"""WeChat Pay API v3 of a direct merchant in public-key mode (protocols.md 4.2-4.4, 8)."""

import json
import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import callback_wire, clock, pay_views, signing
from wx_backend.entrypoints.sandbox.faults import PAY, Fault
from wx_backend.entrypoints.sandbox.pay_rules import PayError, parameter
from wx_backend.entrypoints.sandbox.store import Row
from wx_backend.entrypoints.sandbox.wire import WireHandler

_SKEW_SECONDS = 400
_FAULT_ANSWERS = {
    "rate_limit": PayError(429, "FREQUENCY_LIMITED", "频率超限", 268447840),
    "busy": PayError(500, "SYSTEM_ERROR", "系统错误"),
    "refused": PayError(403, "NO_AUTH", "商户无权限", 268448010),
}


class PayHandler(WireHandler):
    """Verifies the merchant's signature before, signs every answer after."""

    refusal = PayError
    _fault: Fault | None = None

    async def prepare(self) -> None:
        await super().prepare()
        if self._finished:
            return
        self._fault = self.box.faults.take(self.endpoint, PAY)
        self._check_signature()
        if self._fault and self._fault.kind in _FAULT_ANSWERS:
            raise _FAULT_ANSWERS[self._fault.kind]

    @property
    def _skew(self) -> float:
        """Seconds the platform's clock is wrong, for this call only."""
        struck = self._fault and self._fault.kind == "clock_skew"
        return float(self._fault.value or _SKEW_SECONDS) if struck and self._fault else 0.0

    def _check_signature(self) -> None:
        keys, request = self.box.keys, self.request
        said = signing.parse_authorization(request.headers.get("Authorization", ""))
        timestamp = said.get("timestamp", "")
        if said.get("mchid") != keys.mchid or said.get("serial_no") != keys.merchant_serial:
            raise _unsigned("商户号或证书序列号不正确")
        now = clock.now() + self._skew
        if not timestamp.isdigit() or abs(now - int(timestamp)) > signing.WINDOW_SECONDS:
            raise _unsigned("Authorization 的时间戳与平台时间相差超过 5 分钟")
        lines = (
            request.method or "", request.uri or "", timestamp, said.get("nonce_str", ""),
            request.body.decode("utf-8", "replace"),
        )  # fmt: skip
        if not signing.verify(keys.merchant_public_key, said.get("signature", ""), *lines):
            raise _unsigned("签名错误")

    def json_object(self) -> dict[str, Any]:
        body = self.json_body()
        if not isinstance(body, dict):
            raise parameter("请求体不是 JSON 对象")
        return body

    def own_merchant(self, mchid: object) -> None:
        if mchid != self.box.keys.mchid:
            raise PayError(403, "NO_AUTH", "商户号与订单不符", 268447843)

    def answer(self, view: dict[str, Any] | None, status: int = 200, number: int = 0) -> None:
        """Send and sign; `view` None is the empty body of a 204."""
        body = "" if view is None else json.dumps(view, ensure_ascii=False)
        forged = bool(self._fault and self._fault.kind == "bad_sign")
        for name, value in callback_wire.signed_headers(
            self.box.keys, body, forged, self._skew
        ).items():
            self.set_header(name, value)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Request-ID", f"{secrets.token_hex(16).upper()}-{number}")
        self.reply(body.encode(), 204 if view is None else status)

    def refuse(self, error: Any) -> None:
        view = {"code": error.code, "message": error.message}
        self.answer(view, error.status, error.number)


def _unsigned(message: str) -> PayError:
    return PayError(401, "SIGN_ERROR", message, 268443699)


class Prepay(PayHandler):
    def post(self, kind: str) -> None:
        self.answer(self._ticket(self.box.desk.open(kind, self.json_object())))

    def _ticket(self, order: Row) -> dict[str, Any]:
        prepay_id = order["prepay_id"]
        if order["kind"] == "h5":
            return {"h5_url": f"{self.request.protocol}://{self.request.host}/_pay/{prepay_id}"}
        if order["kind"] == "native":
            return {"code_url": f"{pay_views.CODE}{prepay_id}"}
        return {"prepay_id": prepay_id}


class QueryByNumber(PayHandler):
    def get(self, number: str) -> None:
        self.own_merchant(self.get_query_argument("mchid", ""))
        self.answer(self.box.desk.view(self.box.desk.order("out_trade_no", number)))


class QueryById(PayHandler):
    def get(self, transaction_id: str) -> None:
        self.own_merchant(self.get_query_argument("mchid", ""))
        self.answer(self.box.desk.view(self.box.desk.order("transaction_id", transaction_id)))


class Close(PayHandler):
    def post(self, number: str) -> None:
        self.own_merchant(self.json_object().get("mchid"))
        self.box.desk.close(number, self.endpoint)
        self.answer(None)


class Refunds(PayHandler):
    def post(self) -> None:
        self.answer(self.box.desk.refund(self.json_object(), self.endpoint))


class Refund(PayHandler):
    def get(self, number: str) -> None:
        self.answer(self.box.desk.query_refund(number))


class Certificates(PayHandler):
    def get(self) -> None:
        raise PayError(403, "NO_AUTH", "商户使用微信支付公钥，没有可用的平台证书")


routes = [
    (r"/v3/pay/transactions/(jsapi|h5|native)", Prepay),
    (r"/v3/pay/transactions/out-trade-no/([^/]+)", QueryByNumber),
    (r"/v3/pay/transactions/id/([^/]+)", QueryById),
    (r"/v3/pay/transactions/out-trade-no/([^/]+)/close", Close),
    (r"/v3/refund/domestic/refunds", Refunds),
    (r"/v3/refund/domestic/refunds/([^/]+)", Refund),
    (r"/v3/certificates", Certificates),
]
