"""Access tokens of the application and codes of its web sign-in (protocols.md 3.1, 3.2)."""

from wx_backend.entrypoints.sandbox.store import Row
from wx_backend.entrypoints.sandbox.tokens import Tokens, WechatError

_KIND, _CODE = "agent", "staff"


class AgentTokens(Tokens):
    """One token for the application's secret: asked again while it is valid, it is the same."""

    kinds = (_KIND,)
    unknown = (40014, "invalid access_token")

    def current(self) -> Row:
        """`GET gettoken`."""
        return self._newest(_KIND) or self._replace(_KIND, 0)

    def new_staff_code(self, userid: str) -> str:
        """What the consent page sends back."""
        return self.new_code(_CODE, userid, "snsapi_base")

    def userid_of(self, code: str) -> str:
        """Spend a code; 40029 when it is unknown, too old or used."""
        try:
            return self.use_code(_CODE, code)["openid"]
        except WechatError:
            raise WechatError(40029, "invalid code") from None
