"""How WeCom uses the codes (protocols.md 3.1-3.5)."""

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown
from wx_backend.gateways.wechat.failures import Codes, refused
from wx_backend.gateways.wechat.hardened import TOKEN_REFUSED
from wx_backend.gateways.wecom.port import WeComCodeUsed

CODE_SPENT = 40029
CODES = Codes(
    platform="wecom",
    unreachable=frozenset({40003, 40031, 46004, 50002, 60111, 81013}),
    busy=frozenset({-1, 45009, 45033}),
    account=TOKEN_REFUSED | {40013, 40056, 43012, 48002, 50001, 60020, 301002},
    right=frozenset({43012, 48002, 50001, 301002}),
)


def login_failure(error: Exception) -> AppError:
    """Why a sign-in code could not be exchanged."""
    errcode = getattr(error, "errcode", None)
    if errcode is None:
        return GatewayUnknown(platform="wecom")
    return WeComCodeUsed() if errcode == CODE_SPENT else refused(GatewayRefused, error)
