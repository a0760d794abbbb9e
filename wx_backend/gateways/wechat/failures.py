"""What a failed call through wechatpy means for the caller, by its platform's use of the codes."""

import msgspec
import requests
from wechatpy.exceptions import WeChatClientException

from wx_backend.base.errors import AppError, GatewayRefused
from wx_backend.gateways.http.adapter import never_sent
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.standing import Trouble
from wx_backend.gateways.wechat.hardened import TokenUnavailable

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


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of one platform that tell more than "this message is wrong".

    unreachable: this person cannot be reached; busy: ask again later, after midnight for `daily`;
    account: it is misconfigured or locked, the message is fine and goes out once that is mended;
    of these, `right` ones are about what was asked alone.
    """

    platform: str
    unreachable: frozenset[int]
    busy: frozenset[int]
    account: frozenset[int]
    right: frozenset[int] = frozenset()
    daily: int | None = None


def send_failure(error: Exception, codes: Codes) -> AppError:
    """Why a message was not accepted. Codes we do not know are definite refusals a person must look
    at.
    """
    errcode = getattr(error, "errcode", None)
    if errcode in codes.account | codes.busy or not_asked(error):
        tomorrow = errcode is not None and errcode == codes.daily
        return SendLater(platform_code=str(errcode or ""), tomorrow=tomorrow)
    if errcode is None:
        return SendUnknown(platform=codes.platform)
    return refused(SendRefused if errcode in codes.unreachable else SendInvalid, error)


def account_trouble(error: AppError, codes: Codes) -> Trouble | None:
    """What a failure says of the account, by the answer that it was made from."""
    errcode = getattr(error.__cause__, "errcode", None)
    if errcode not in codes.account:
        return None
    return Trouble(str(errcode), whole=errcode not in codes.right)


def refused(kind: type[GatewayRefused], error: Exception) -> GatewayRefused:
    """The platform's definite no, with its code and words."""
    return kind(platform_code=str(error.errcode), platform_message=str(error.errmsg))


def not_asked(error: Exception) -> bool:
    """The platform never saw the question."""
    return isinstance(error, TokenUnavailable) or (
        isinstance(error, requests.RequestException) and never_sent(error)
    )
