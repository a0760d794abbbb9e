"""Tencent Cloud's codes in our words. Pure.

Source: error codes of SMS 2021-01-11 and of API 3.0 (Tencent Cloud documentation, products 382 and
213). A code stands in the answer as a whole or beside the one number of a text; both mean the same.
"""

from wx_backend.base.errors import AppError, GatewayBusy, GatewayRefused, GatewayUnknown
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.sms.port import APP_LIMIT
from wx_backend.gateways.standing import Trouble

PLATFORM = "sms"
OK = "Ok"

_PERSON = frozenset(
    {
        "FailedOperation.PhoneNumberInBlacklist",
        "FailedOperation.PhoneNumberOnBlacklist",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "UnsupportedOperation.UnsuportedRegion",
    }
)
_TOMORROW = frozenset(
    {
        APP_LIMIT,
        "LimitExceeded.DailyLimit",
        "LimitExceeded.PhoneNumberDailyLimit",
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
    }
)
_ACCOUNT = frozenset(
    {
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "InternalError.RequestTimeException",
        "InternalError.SigFieldMissing",
        "InternalError.SigVerificationFail",
        "UnauthorizedOperation.RequestIpNotInWhitelist",
        "UnauthorizedOperation.RequestPermissionDeny",
        "UnauthorizedOperation.SdkAppIdIsDisabled",
        "UnauthorizedOperation.SerivceSuspendDueToArrears",
    }
)
"""Nothing was sent, and the message goes out once a person has mended the account."""

_SENDING = frozenset(
    {
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
        "FailedOperation.SignatureIncorrectOrUnapproved",
    }
)
"""About the account as well, but questions go on being answered."""

_INVALID = (
    "FailedOperation", "InvalidParameter", "InvalidParameterValue", "MissingParameter",
    "UnauthorizedOperation", "UnsupportedOperation",
)  # fmt: skip
"""First parts of codes that are a definite no to this very message."""


def account_trouble(error: AppError) -> Trouble | None:
    """What a failure says of the account: its keys, its money, its rights."""
    code = str(error.data.get("platform_code", ""))
    if code in _SENDING:
        return Trouble(code, whole=False)
    return Trouble(code) if _account_unusable(code) else None


def send_failure(code: str, words: str) -> AppError:
    """Why a text was not sent; what is no definite no may have gone out."""
    family = _family(code)
    if code in _PERSON:
        return SendRefused(platform_code=code, platform_message=words)
    if code in _TOMORROW:
        return SendLater(tomorrow=True, platform_code=code)
    if _account_unusable(code) or family in ("LimitExceeded", "RequestLimitExceeded"):
        return SendLater(platform_code=code)
    if family in _INVALID:
        return SendInvalid(platform_code=code, platform_message=words)
    return SendUnknown(platform=PLATFORM, platform_code=code)


def ask_failure(code: str, words: str) -> AppError:
    """Why a question came to nothing."""
    family = _family(code)
    if family in ("LimitExceeded", "RequestLimitExceeded"):
        return GatewayBusy(platform=PLATFORM, platform_code=code)
    if _account_unusable(code) or family in _INVALID:
        return GatewayRefused(platform_code=code, platform_message=words)
    return GatewayUnknown(platform=PLATFORM, platform_code=code)


def _account_unusable(code: str) -> bool:
    """Whether nothing can be sent for anybody until a person mends the account."""
    return code in _ACCOUNT or _family(code) == "AuthFailure"


def _family(code: str) -> str:
    return code.partition(".")[0]
