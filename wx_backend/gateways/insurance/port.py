"""What we ask of whoever settles with the insurance bureau, in our words (docs/insurance.md).

In a hospital that is its 医保 middle office (中台): it holds the bureau's keys and speaks SM2 and
SM4. Amounts are fen. Nothing here names a person: the visit does, at the middle office.
"""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from wx_backend.base.errors import GatewayRefused
from wx_backend.base.money import Split


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """Fees that the bureau has looked at (6201): who pays what of them, and until when it holds.

    Args:
        pay_order: the bureau's number (payOrdId), named when the pay platform opens the payment.
        visit: the bureau's number of the visit (mdtrtId).
    """

    pay_order: str
    visit: str
    split: Split
    holds_until: datetime


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a settlement (6202) or of its reversal; ``setl`` is the bureau's number.

    MISSING: the bureau has none of this number.
    """

    state: Literal["SETTLED", "REVERSED", "FAILED", "MISSING"]
    setl: str = ""


class SettlementRefused(GatewayRefused):
    """The bureau will not settle or reverse it: a person has to decide."""

    code, message = "settlement_refused", "医保拒绝结算"


class InsurancePort(Protocol):
    """One hospital's way to its bureau. ``no`` is our number of the order: the same number is the
    same settlement, however often it is asked for.

    All raise ``GatewayUnknown`` (it may have been done: ask before trying again) and
    ``GatewayBusy`` (not asked).
    """

    async def upload(self, no: str, references: tuple[str, ...], authorised: str) -> Uploaded:
        """The fees of these bills, under the patient's authorisation (``pay_auth_no``: minutes,
        once). Raises ``SettlementRefused``.
        """

    async def settle(self, no: str, pay_order: str) -> Settled:
        """The fund and the personal account pay. Raises ``SettlementRefused``."""

    async def query(self, no: str) -> Settled:
        """What has become of it."""

    async def reverse(self, no: str, reason: str) -> Settled:
        """The settlement is undone whole. Raises ``SettlementRefused``."""
