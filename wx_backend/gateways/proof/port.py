"""Ways to prove who somebody is that need a system besides ours, in our words.

Each way is an adapter of this port, declared for an institution as a channel. While an institution
has none, the desk is the way. One is known: the number that the HIS has on file (a code by SMS to
it, never to a number that the account typed). A health card or a face check would be another.
Source: features.md P2.
"""

from typing import Literal, Protocol

from wx_backend.base.errors import GatewayRefused

Way = Literal["HIS_PHONE"]


class ProofRefused(GatewayRefused):
    """Nobody can be proved this way: no such person, nothing on file, another name. They are one
    answer, so that nobody learns from it who is known at the hospital.
    """

    code, message = "his_proof_refused", "医院系统无法用这种方式核验"


class AttemptOver(ProofRefused):
    """The other side does not take answers to this attempt (any more)."""

    code, message = "his_proof_over", "医院系统的验证码已失效"


class ProofPort(Protocol):
    """One way, for one institution. Both raise ``GatewayBusy`` (not asked), ``GatewayUnknown`` (no
    answer to believe) and ``ProofRefused``; both may be repeated.
    """

    async def begin(self, id_no: str, name: str, attempt: str) -> str:
        """Asks for the proof: the code is sent.

        Args:
            attempt: our id of this attempt; asked again it is the same attempt, and nothing is sent
                a second time.

        Returns:
            Where the person finds the proof: the last digits of the number the code went to.
        """

    async def proven(self, attempt: str, answer: str) -> bool:
        """Whether ``answer`` proves it; the same answer again is answered alike.

        An attempt is good for ten minutes, three answers and one proof. Raises AttemptOver too.
        """
