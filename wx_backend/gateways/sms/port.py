"""What we ask of a text message provider, in our words."""

from datetime import datetime
from typing import Protocol

import msgspec

APP_LIMIT = "LimitExceeded.AppDailyLimit"
"""The platform's code: today's texts of the whole application are used up, not those of a number.
"""


class SmsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one application at Tencent Cloud SMS. `signature` is the approved name that
    every text begins with, without its brackets; `region` is where the API is asked.
    """

    app_id: str
    secret_id: str
    secret_key: str
    signature: str
    region: str = "ap-guangzhou"
    api_url: str = "https://sms.tencentcloudapi.com"


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One text. `phone`: eleven digits of the mainland; `template` and `fields` (in their order) as
    approved by the provider; `reference` is our message's id, for what the provider later says
    about it.
    """

    phone: str
    template: str
    fields: tuple[str, ...]
    reference: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the carrier said of one text. `reference` is ours, empty where the provider does not
    hand it back; `words` are the carrier's.
    """

    id: str
    delivered: bool
    words: str = ""
    reference: str = ""


class ApprovedText(msgspec.Struct, frozen=True, kw_only=True):
    """A template as the provider has it. `words` has its fields as `{1}`, `{2}`; `why` it may not
    be used, where it may not.
    """

    id: str
    usable: bool
    words: str = ""
    why: str = ""


class SmsPort(Protocol):
    """One provider's account of an institution."""

    async def send(self, message: TextMessage) -> str:
        """The provider's id of the text. Raises `SendRefused`, `SendInvalid`, `SendLater` or
        `SendUnknown`, and `GatewayBusy` (nothing sent).
        """

    async def reports(self, phone: str, since: datetime, until: datetime) -> list[Report]:
        """What carriers said by now of texts sent to this number in between; the provider looks
        back seven days at most. Raises `GatewayRefused`, `GatewayUnknown` or `GatewayBusy`.
        """

    async def templates(self, ids: list[str]) -> list[ApprovedText]:
        """Those of the named templates that the account has. Raises as `reports`."""
