"""Postings: what the HIS's books are told of money that came or went. Pure.

One for each payment and each refund, worked on until the HIS has it, has refused it, or a person
has decided: paid and not posted (单边账) is always a state with a name.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.machine import Machine
from wx_backend.gateways.his_accounts.port import Kind
from wx_backend.gateways.his_accounts.port import Posting as Told

Next = Literal["post", "query", "give_back", "wait", "needless"]

POSTING = Machine(
    name="posting",
    states=frozenset(
        {
            "WAITING", "POSTING", "UNKNOWN", "POSTED", "REFUSED", "RETURNING", "RETURNED",
            "SETTLED", "NEEDLESS",
        }
    ),
    initial="WAITING",
    transitions={
        ("WAITING", "ask"): "POSTING",
        ("POSTING", "post"): "POSTED",
        ("POSTING", "doubt"): "UNKNOWN",
        ("POSTING", "refuse"): "REFUSED",
        ("POSTING", "unasked"): "WAITING",  # nothing was sent
        # Whoever finds it being posted, and does not do it, asks what became of it.
        ("POSTING", "miss"): "WAITING",
        ("UNKNOWN", "post"): "POSTED",
        ("UNKNOWN", "miss"): "WAITING",
        ("UNKNOWN", "doubt"): "UNKNOWN",
        ("UNKNOWN", "settle"): "SETTLED",
        # The HIS said no: a person decides.
        ("REFUSED", "again"): "WAITING",
        ("REFUSED", "post"): "POSTED",  # it is there all the same
        ("REFUSED", "give_back"): "RETURNING",
        ("REFUSED", "settle"): "SETTLED",
        # Of a payment that is not in the books all the money went back.
        ("REFUSED", "return"): "RETURNED",
        ("RETURNING", "return"): "RETURNED",
        # A refund of a payment that never came into the books.
        ("WAITING", "spare"): "NEEDLESS",
    },
    terminal=frozenset({"POSTED", "RETURNED", "SETTLED", "NEEDLESS"}),
)  # fmt: skip

OPEN = POSTING.states - POSTING.terminal
UNPOSTED = frozenset({"REFUSED", "RETURNING", "RETURNED"})
"""A payment of which the HIS has said that it is not in its books."""

UNWANTED = frozenset({"bill_not_pending", "stay_over", "no_such_stay"})
"""The HIS's reasons that no person can do anything about: what has been sold gives the payment
back by itself.
"""

FIRST_RETRY, LAST_RETRY = timedelta(seconds=2), timedelta(minutes=10)


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a member of staff has done about it."""

    what: str
    at: datetime
    by: str
    why: str = ""


class Posting(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One posting.

    Args:
        reference: our number of the attempt or refund; the id follows from it.
        reverses: of a refund, the posting of its payment.
        insured_fen: what the insurance has paid of the order, beside the patient.
        at: when the money moved; ``made_at``: when it was written down here.
        entry: the HIS's own number, once it is in the books.
        why, words: the HIS's last no.
        tries: calls since somebody last decided that brought nothing.
        tasked: somebody has been asked to look.
    """

    id: str
    inst: str
    kind: Kind
    order: str
    reference: str
    fen: int
    platform: str
    merchant: str
    transaction: str
    purpose: dict[str, str]
    at: datetime
    made_at: datetime
    references: tuple[str, ...] = ()
    amounts: tuple[int, ...] = ()
    reverses: str = ""
    insured_fen: int = 0
    state: str = POSTING.initial
    version: int = 1
    tries: int = 0
    tasked: bool = False
    entry: str = ""
    why: str = ""
    words: str = ""
    acts: tuple[Act, ...] = ()

    @property
    def over(self) -> bool:
        return self.state in POSTING.terminal

    def told(self) -> Told:
        """As the HIS is told of it."""
        return Told(
            no=self.id,
            kind=self.kind,
            fen=self.fen,
            order=self.order,
            reference=self.reference,
            platform=self.platform,
            merchant=self.merchant,
            transaction=self.transaction,
            purpose=self.purpose,
            references=self.references,
            amounts=self.amounts,
            reverses=self.reverses,
            insured_fen=self.insured_fen,
            at=self.at,
        )


def posting_id(reference: str) -> str:
    """The one posting of an attempt or refund."""
    return ids.derive("pst", reference)


def next_step(posting: Posting, payment: str = "") -> Next:
    """What to do about a posting that is due.

    Args:
        payment: the state of the posting that a refund reverses; empty for a payment.
    """
    if posting.state == "RETURNING":
        return "give_back"
    if posting.state in ("POSTING", "UNKNOWN"):
        return "query"
    if payment in UNPOSTED:
        return "needless" if payment == "RETURNED" else "wait"
    if payment not in ("", "POSTED", "SETTLED"):
        return "wait"
    return "post"


def all_back(payment: Posting, refunds: list[Posting]) -> bool:
    """Whether all of a payment that the HIS does not have went back."""
    back = sum(one.fen for one in refunds)
    return payment.state in ("REFUSED", "RETURNING") and back >= payment.fen


def heals(posting: Posting, code: str) -> bool:
    """Whether a refusal is seen to by what has been sold, so that nobody is asked at once."""
    return posting.kind == "PAID" and code in UNWANTED


def retry_after(tries: int) -> timedelta:
    """2, 4, 8 … seconds, at most ten minutes."""
    return min(FIRST_RETRY * 2 ** min(tries, 20), LAST_RETRY)
