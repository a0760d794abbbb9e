"""What we ask of a text message provider, in our words. No institution has one yet."""

from typing import Protocol

import msgspec


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One text. `phone`: eleven digits of the mainland; `template` and `fields` as approved by the
    provider; `reference` is our message's id, for what the provider later says about it.
    """

    phone: str
    template: str
    fields: dict[str, str]
    reference: str


class SmsPort(Protocol):
    """One provider's account of an institution."""

    async def send(self, message: TextMessage) -> str:
        """The provider's id of the text. Raises `SendRefused`, `SendInvalid`, `SendLater` or
        `SendUnknown`, and `GatewayBusy` (nothing sent).
        """
