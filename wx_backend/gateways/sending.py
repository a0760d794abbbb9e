"""How sending a message can fail, in the same words for every platform."""

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown


class SendRefused(GatewayRefused):
    """This person cannot be reached here (not following, not visible, refused): try another
    channel.
    """

    code, message = "send_refused", "对方未关注、未加入或已拒收"


class SendInvalid(GatewayRefused):
    """The template, a field or the card is wrong: a person must mend it; sending again does not
    help.
    """

    code, message = "send_invalid", "消息模板或内容有误"


class SendLater(AppError):
    """Surely not sent: try again with back-off, or after midnight (Shanghai) when `tomorrow`."""

    code, status, message = "send_later", 503, "消息平台暂时不可用"

    def __init__(self, *, tomorrow: bool = False, platform_code: str = "") -> None:
        super().__init__(platform_code=platform_code)
        self.tomorrow = tomorrow


class SendUnknown(GatewayUnknown):
    """The message may or may not have gone out."""

    code, message = "send_unknown", "消息是否发出尚不确定"
