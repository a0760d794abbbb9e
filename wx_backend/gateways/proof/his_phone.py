"""A HIS behind ``ProofPort``, over signed REST (docs/his-proof.md): a code to the number on file.

Who is asked about travels in the body, never in an address that a proxy writes to its log.
"""

from typing import Annotated

import msgspec

from wx_backend.base.bridge import Pool
from wx_backend.base.clock import Clock
from wx_backend.gateways.his_rest.asking import SignedRest
from wx_backend.gateways.his_rest.port import HisRestConfig, Refusal
from wx_backend.gateways.proof.port import AttemptOver, ProofRefused

PLATFORM = "his_proof"
ROOT = "/proofs/v1/attempts"
OVER = frozenset({"over", "no_such_attempt"})
LAST = 4


class _Sent(msgspec.Struct):
    to: Annotated[str, msgspec.Meta(min_length=LAST)]


class _Judged(msgspec.Struct):
    proven: bool


class HisPhone:
    """Implements ``ProofPort``. Safe to share; disconnect it when its channel changes."""

    def __init__(self, config: HisRestConfig, pool: Pool, clock: Clock) -> None:
        self._his = SignedRest(PLATFORM, config, pool, clock, _refused)

    async def begin(self, id_no: str, name: str, attempt: str) -> str:
        """Cut here again: a HIS that forgets to mask must not tell a number to whoever knows
        somebody's name and identity number.
        """
        person = {"name": name, "id_no": id_no}
        sent = await self._his.ask("begin", "PUT", f"{ROOT}/{attempt}", _Sent, person)
        return sent.to[-LAST:]

    async def proven(self, attempt: str, answer: str) -> bool:
        path = f"{ROOT}/{attempt}/answers"
        return (await self._his.ask("answer", "POST", path, _Judged, {"code": answer})).proven

    def disconnect(self) -> None:
        """Give the pooled connections back."""
        self._his.disconnect()


def _refused(said: Refusal) -> ProofRefused:
    kind = AttemptOver if said.code in OVER else ProofRefused
    return kind(**said.data)
