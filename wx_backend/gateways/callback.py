"""What every platform's callback reader shares: one refusal."""

from wx_backend.base.errors import AppError


class CallbackRejected(AppError):
    """A call that claims to come from a platform and is not believed.

    `data["reason"]` is a short fixed word (`stale`, `bad_signature`, …) for logs and metrics;
    nothing from the call itself is repeated.
    """

    code, status, message = "callback_rejected", 400, "回调验证未通过"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
