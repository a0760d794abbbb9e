"""Ways to prove who somebody is that need a system besides ours, in our words.

Three are known: the number that the HIS has on file (a code by SMS to it, never to the number that
the account typed), the electronic health card, and a face check. Each is an adapter of this port,
declared for an institution as a channel. While an institution has none, the desk is the way.
Source: features.md P2.
"""

from typing import Literal, Protocol

Way = Literal["HIS_PHONE", "HEALTH_CARD", "FACE"]


class ProofPort(Protocol):
    """One way, for one institution."""

    way: Way

    async def begin(self, id_no: str, name: str, attempt: str) -> str:
        """Asks for the proof: sends the code, or opens the card's or the face check's page.

        Args:
            attempt: our id of this attempt; asked again it is the same attempt.

        Returns:
            What the person does next: where to go, or the masked number the code went to.
            Raises `GatewayBusy`, `GatewayRefused`, `GatewayUnknown`.
        """

    async def proven(self, attempt: str, answer: str) -> bool:
        """Whether `answer` (a code, or what the page brought back) proves it.

        An attempt is good for ten minutes, three answers and one proof. Raises as `begin`.
        """
