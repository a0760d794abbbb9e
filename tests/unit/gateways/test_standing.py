"""What platforms' answers say of our accounts: refused as a whole, in one thing, or taken."""

import pytest

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown
from wx_backend.gateways.alipay import answers as alipay
from wx_backend.gateways.standing import ANY, Standing, Trouble
from wx_backend.gateways.wechat import outcome as wechat
from wx_backend.gateways.wechat.failures import account_trouble, send_failure
from wx_backend.gateways.wechat.hardened import TokenUnavailable
from wx_backend.gateways.wechat_pay import answers as wechat_pay
from wx_backend.gateways.wecom import outcome as wecom


def refused(code: str) -> AppError:
    return GatewayRefused(platform_code=code)


def asked(standing: Standing, call: str, error: AppError | None = None) -> None:
    """One call that is answered, or refused so."""
    try:
        with standing.watch(call):
            if error:
                raise error
    except AppError:
        pass


@pytest.mark.parametrize(
    ("trouble", "codes"),
    [
        (wechat_pay.account_trouble, {"SIGN_ERROR": True, "NO_AUTH": False, "ORDERPAID": None}),
        (alipay.account_trouble, {"isv.invalid-app-id": True, "ACQ.TRADE_NOT_EXIST": None,
                                  "isv.insufficient-isv-permissions": False}),
    ],
)  # fmt: skip
def test_only_some_refusals_are_about_the_account(trouble, codes):
    for code, whole in codes.items():
        assert trouble(refused(code)) == (None if whole is None else Trouble(code, whole))
    assert trouble(GatewayUnknown(platform="x")) is None


@pytest.mark.parametrize(
    ("codes", "errcode", "told"),
    [
        (wechat.CODES, 40125, Trouble("40125")), (wechat.CODES, 48001, Trouble("48001", False)),
        (wechat.CODES, 43004, None), (wechat.CODES, None, None),
        (wecom.CODES, 60020, Trouble("60020")), (wecom.CODES, 301002, Trouble("301002", False)),
    ],
)  # fmt: skip
def test_it_is_told_by_the_answer_that_a_failure_was_made_from(codes, errcode, told):
    cause = TokenUnavailable(errcode)
    failure = send_failure(cause, codes) if errcode != 43004 else refused("43004")
    failure.__cause__ = cause
    assert account_trouble(failure, codes) == told


def test_what_was_heard_last_counts_and_is_told_once():
    standing = Standing("wechat_pay", wechat_pay.account_trouble)
    asked(standing, "query", refused("SIGN_ERROR"))
    assert standing.news() == {ANY: "SIGN_ERROR"}
    assert standing.news() == {}
    asked(standing, "query", refused("SIGN_ERROR"))
    asked(standing, "refund")
    assert standing.news() == {ANY: "", "refund": ""}


def test_a_right_that_is_missing_is_not_there_because_something_else_works():
    standing = Standing("wechat_pay", wechat_pay.account_trouble)
    asked(standing, "pay", refused("NO_AUTH"))
    asked(standing, "query", refused("ORDERPAID"))
    asked(standing, "query", GatewayUnknown(platform="wechat_pay"))
    assert standing.news() == {"pay": "NO_AUTH", ANY: ""}
    asked(standing, "pay")
    assert standing.news() == {"pay": "", ANY: ""}
