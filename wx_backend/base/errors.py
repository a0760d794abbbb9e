"""Every refusal of the product is one AppError: a stable code, an HTTP status, a Chinese message.

Slices subclass AppError in their own ``model.py``; codes are unique over the whole product (a house
test checks). ``body`` is the only place where an error is given its shape on the wire.
"""

from typing import Any


class AppError(Exception):
    """A refusal that a person can understand.

    Args:
        message: replaces the class's Chinese message when the words must name something.
        data: fields for the error body; never personal data.
    """

    code = "internal"
    status = 500
    message = "系统出了点问题，请稍后再试"

    def __init__(self, message: str | None = None, **data: Any):
        self.message = message or type(self).message
        self.data = data
        super().__init__(f"{self.code}: {self.message}")


class Invalid(AppError):
    """The request's own content is wrong; ``fields`` maps a field's name to the reason."""

    code, status, message = "invalid", 422, "填写的内容有误，请检查后再提交"


class NotFound(AppError):
    """Not there, or not yours: the two answer alike, since existence itself is private."""

    code, status, message = "not_found", 404, "没有找到您要的内容"


class NotSignedIn(AppError):
    code, status, message = "not_signed_in", 401, "请先登录"


class Forbidden(AppError):
    code, status, message = "forbidden", 403, "您没有这项操作的权限"


class WrongState(AppError):
    """Somebody was first, or the thing has moved on; ``state`` is what it is now, when known."""

    code, status, message = "wrong_state", 409, "状态已变化，请刷新后再看"


class SameKeyOtherBody(AppError):
    """One Idempotency-Key was used for two different requests."""

    code, status, message = "idempotency_conflict", 422, "请勿重复使用同一提交凭证"


class TooMany(AppError):
    """Rate limited; ``retry_after`` is in seconds."""

    code, status, message = "too_many", 429, "操作太频繁，请稍后再试"


class GatewayBusy(AppError):
    """Our own bounded pool for a platform is full; nothing was sent."""

    code, status, message = "gateway_busy", 503, "当前人数较多，请稍后再试"


class GatewayUnknown(AppError):
    """A platform call whose outcome is unknown: query first, never treat it as a failure."""

    code, status, message = "gateway_unknown", 502, "对方平台暂未答复，正在为您确认结果"


class GatewayRefused(AppError):
    """The platform said no; ``platform_code`` and ``platform_message`` are its words."""

    code, status, message = "gateway_refused", 502, "对方平台拒绝了请求"


def body(error: AppError, trace: str) -> dict[str, Any]:
    """The one error body: ``{"error": {code, message, data, trace}}``."""
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "data": error.data,
            "trace": trace,
        }
    }
