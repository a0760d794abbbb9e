"""What a pay sheet of the phone asks its platform: may this be paid, and: it was paid."""

from typing import Any

from wx_backend.entrypoints.sandbox import clock, signing
from wx_backend.entrypoints.sandbox.pay_rules import PayError
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.phone.owner import WECHAT
from wx_backend.entrypoints.sandbox.phone.shell import PhoneHandler
from wx_backend.entrypoints.sandbox.store import Row

_PREFIX = "prepay_id="
_SIGNED = ("appId", "timeStamp", "nonceStr", "package")


class PaySheet(PhoneHandler):
    """Takes what the page gave the app's bridge; what is wrong is 400 with words."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, PayError):
            self.set_status(400)
            self.answer({"error": error.message})
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, PayError):
            super().log_exception(typ, value, tb)


class WechatSheet(PaySheet):
    """The parameters of `getBrandWCPayRequest`."""

    def payable(self, params: dict[str, Any]) -> Row:
        """The open order behind these parameters, signed by the merchant for this owner."""
        keys = self.box.keys
        lines = [str(params.get(name, "")) for name in _SIGNED]
        if lines[0] != keys.appid or params.get("signType") != "RSA":
            raise failed("支付参数错误：appId 或 signType")
        if not lines[3].startswith(_PREFIX):
            raise failed("支付参数错误：package")
        if not signing.verify(keys.merchant_public_key, str(params.get("paySign", "")), *lines):
            raise failed("支付验证签名失败")
        order = self.box.desk.order("prepay_id", lines[3].removeprefix(_PREFIX))
        person = WECHAT.owner(self)
        if person is None or order["openid"] != person.openid:
            raise failed("下单账号与支付账号不一致")
        if order["state"] != "NOTPAY":
            raise failed("该订单已支付或已关闭")
        return order


def failed(words: str) -> PayError:
    """What the payer reads instead of the sheet."""
    return PayError(400, "INVALID_REQUEST", words)


class Show(WechatSheet):
    """What the sheet says before the password."""

    def post(self) -> None:
        order = self.payable(self.body())
        if order["expires"] <= clock.now():
            raise failed("订单已过期")
        self.answer(
            {
                "amount": yuan(order["total"]),
                "goods": self.box.desk.request_of(order)["description"],
                "merchant": self.box.config.name,
            }
        )


class Confirm(WechatSheet):
    """The password was right."""

    def post(self) -> None:
        self.box.desk.pay(self.payable(self.body()))
        self.answer({"paid": True})


routes = [(r"/__wechat/api/pay/show", Show), (r"/__wechat/api/pay/confirm", Confirm)]
