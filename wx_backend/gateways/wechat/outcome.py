"""How a service account uses the codes (protocols.md 1.1, 1.2, 1.5)."""

from wx_backend.base.errors import AppError, GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.wechat.failures import Codes, not_asked, refused
from wx_backend.gateways.wechat.hardened import TOKEN_REFUSED
from wx_backend.gateways.wechat.port import PhoneCodeUsed, WeChatCodeUsed

CODE_SPENT = frozenset({40029, 40163})
DAILY_LIMIT = 45009
CODES = Codes(
    platform="wechat",
    unreachable=frozenset({40003, 43004, 43019, 43101}),
    busy=frozenset({-1, 45011, DAILY_LIMIT}),
    account=TOKEN_REFUSED | {40013, 40125, 40164, 48001, 50002},
    right=frozenset({48001}),
    daily=DAILY_LIMIT,
)


def login_failure(error: Exception) -> AppError:
    """Why a sign-in code could not be exchanged."""
    errcode = getattr(error, "errcode", None)
    if errcode is None:
        return GatewayUnknown(platform="wechat")
    if errcode in CODE_SPENT:
        return WeChatCodeUsed()
    return refused(GatewayRefused, error)


def phone_failure(error: Exception) -> AppError:
    """Why a phone number could not be had. The code of a call that got no answer may be spent."""
    if getattr(error, "errcode", None) in CODE_SPENT:
        return PhoneCodeUsed()
    return call_failure(error)


def call_failure(error: Exception) -> AppError:
    """Why a call that sends nothing to anybody came to nothing."""
    errcode = getattr(error, "errcode", None)
    if not_asked(error) or errcode in CODES.busy:
        return GatewayBusy(platform="wechat")
    if errcode is None:
        return GatewayUnknown(platform="wechat")
    return refused(GatewayRefused, error)
