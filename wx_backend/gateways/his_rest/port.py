"""How a HIS is reached over signed REST, and its no. Pure."""

import msgspec


class HisRestConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``url``: where its integration engine serves our contract; ``key`` names ``secret``."""

    url: str
    key: str
    secret: str


class Refusal(msgspec.Struct):
    """The HIS's signed no, in the words of the contract."""

    code: str
    message: str = ""
    holder: str = ""

    @property
    def data(self) -> dict[str, str]:
        """As every refusal of a platform carries it."""
        return {"platform_code": self.code, "platform_message": self.message}
