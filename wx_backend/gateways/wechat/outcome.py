"""What a failed call means for the caller: wechatpy's errors in our words (codes: protocols.md 1.1,
1.2, 1.5).
"""

import logging

import requests
from wechatpy.exceptions import WeChatClientException

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown
from wx_backend.gateways.http.adapter import never_sent
from wx_backend.gateways.wechat.port import (
    SendInvalid,
    SendLater,
    SendRefused,
    SendUnknown,
    WeChatCodeUsed,
)
from wx_backend.gateways.wechat.sdk import TOKEN_REFUSED, TokenUnavailable

logger = logging.getLogger(__name__)

# What a call can end in besides an answer: no connection, a refusal, or a reply that is not what
# it should be (no JSON, a field missing or of another type).
FAILURES = (
    requests.RequestException,
    WeChatClientException,
    TokenUnavailable,
    ValueError,
    LookupError,
    TypeError,
)

CODE_SPENT = frozenset({40029, 40163})
UNREACHABLE = frozenset({40003, 43004, 43019, 43101})
DAILY_LIMIT = 45009
BUSY = frozenset({-1, 45011, DAILY_LIMIT})
# The account is misconfigured or locked: the message is fine and goes out once that is mended.
ACCOUNT = TOKEN_REFUSED | {40013, 40125, 40164, 48001, 50002}


def login_failure(error: Exception) -> AppError:
    """Why a sign-in code could not be exchanged."""
    errcode = getattr(error, "errcode", None)
    if errcode is None:
        return GatewayUnknown(platform="wechat")
    if errcode in CODE_SPENT:
        return WeChatCodeUsed()
    return _refused(GatewayRefused, error)


def send_failure(error: Exception) -> AppError:
    """Why a message was not accepted. Codes we do not know are definite refusals a person must look
    at.
    """
    errcode = getattr(error, "errcode", None)
    if errcode in ACCOUNT:
        logger.error("wechat.account_unusable", extra={"errcode": errcode})
    if errcode in ACCOUNT | BUSY or _not_asked(error):
        return SendLater(platform_code=str(errcode or ""), tomorrow=errcode == DAILY_LIMIT)
    if errcode is None:
        return SendUnknown(platform="wechat")
    return _refused(SendRefused if errcode in UNREACHABLE else SendInvalid, error)


def _not_asked(error: Exception) -> bool:
    return isinstance(error, TokenUnavailable) or (
        isinstance(error, requests.RequestException) and never_sent(error)
    )


def _refused(kind: type[GatewayRefused], error: Exception) -> GatewayRefused:
    return kind(platform_code=str(error.errcode), platform_message=str(error.errmsg))
