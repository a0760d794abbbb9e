"""What is paid to a HIS's cashier: bills of an outpatient, deposits of an inpatient. Pure.

A ``Payment`` is one order over several bills of one patient, or one deposit. What the HIS says of
its bills is never kept but for what is being paid. Amounts are fen, times UTC.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine
from wx_backend.gateways.his_bills.port import Bill, Invoice, Item

BILL, DEPOSIT = "bill", "deposit"
Kind = Literal["bill", "deposit"]
"""Also the ``kind`` of an order's purpose."""

PAYMENT = Machine(
    name="bill payment",
    states=frozenset({"OPEN", "PAID", "SETTLED", "REFUSED", "REFUNDED", "LAPSED"}),
    initial="OPEN",
    transitions={
        ("OPEN", "pay"): "PAID",
        ("OPEN", "lapse"): "LAPSED",
        # Paid in the last moment: the HIS decides whether it still wants it.
        ("LAPSED", "pay"): "PAID",
        ("PAID", "settle"): "SETTLED",
        ("PAID", "refuse"): "REFUSED",
        ("PAID", "return"): "REFUNDED",
        ("SETTLED", "return"): "REFUNDED",
        ("REFUSED", "return"): "REFUNDED",
    },
    terminal=frozenset({"REFUNDED"}),
)
"""PAID: the money is here and the HIS has not booked it yet; SETTLED: it has; REFUSED: it never
will, and the money is on its way back.
"""

CLAIMING = frozenset({"OPEN", "PAID", "SETTLED"})
"""States in which nobody else can begin to pay the same bills."""

ALREADY_PAID = "账单已在医院缴清、作废或改动，已付的款原路退回"
STAY_OVER = "该次住院已结束，已付的款原路退回"
PAID_AGAIN = "该笔缴费已退款，再付的款原路退回"
PART_PAID = "部分账单已在医院缴清、作废或改动，对应的款原路退回"


class BillsChanged(AppError):
    """What the payer saw is not what the HIS wants now; ``bills`` is the new list."""

    code, status, message = "bills_changed", 409, "账单或金额已变化，请核对后重新选择"


class BillsBusy(AppError):
    """Somebody else of the family is paying one of them just now, or has paid it."""

    code, status, message = "bills_busy", 409, "所选账单正在支付或已支付，请稍后刷新再看"


class CashierSilent(AppError):
    """The HIS does not answer; nothing is known, so nothing is shown."""

    code, status, message = (
        "cashier_silent",
        503,
        "医院收费系统暂时没有答复，请稍后再试；已付的款不受影响",
    )


class StayNotFound(AppError):
    """No such stay, another name, or the stay is over: all answer alike."""

    code, status, message = (
        "stay_not_found",
        404,
        "没有找到在院的这位患者，请核对住院号和姓名",
    )


class DepositAmount(AppError):
    """``least_fen`` and ``most_fen``: what the hospital takes at once."""

    code, status, message = "deposit_amount", 422, "预交金额超出可缴范围"


class PaymentOver(AppError):
    """Its time is over, or it was given up; nothing was paid."""

    code, status, message = "bill_payment_over", 409, "支付已超时，请重新选择账单"


No = Annotated[str, Text(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Id = Annotated[str, Text(min_length=5, max_length=40, pattern="^[a-z0-9]+$")]
Fen = Annotated[int, Text(ge=1, le=100_000_000)]


class PayBills(Form):
    """``bills``: the HIS's numbers of those chosen; ``amount_fen``: the sum that the payer saw."""

    patient: Id
    bills: Annotated[list[No], Text(min_length=1, max_length=50)]
    amount_fen: Fen


class FindStay(Form):
    """Whom a deposit is for: the visit number and the whole name of the patient."""

    visit_no: No
    name: Annotated[str, Text(min_length=2, max_length=40)]


class PayDeposit(FindStay):
    amount_fen: Fen


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bill within a payment: what anybody who may pay may see."""

    no: str
    department: str
    fen: int


class BillShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pending bill. Who may pay and not read sees its amount and department only (clinical
    privacy): ``kind``, ``doctor`` and ``items`` are empty then.
    """

    no: str
    department: str
    fen: int
    expires_at: datetime
    prescribed_at: datetime
    kind: str = ""
    doctor: str = ""
    items: tuple[Item, ...] = ()

    def line(self) -> Line:
        return Line(no=self.no, department=self.department, fen=self.fen)


class Payment(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One payment to the cashier.

    Args:
        patient_id: of a deposit, empty: anybody may pay one.
        patient: masked.
        request: hash of the command, so that a repeat is told from another one.
        claims: keys that nobody else can have while it is in ``CLAIMING``.
        refused: of a settled one, the bills that the HIS would not have any more.
        balance_fen: of a settled deposit, the balance after it.
        invoice: once the HIS has issued it.
    """

    id: str
    inst: str
    account: str
    kind: Kind
    patient: str
    fen: int
    lines: tuple[Line, ...]
    opened_at: datetime
    expires_at: datetime
    request: str
    patient_id: str = ""
    state: str = PAYMENT.initial
    version: int = 1
    claims: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    balance_fen: int | None = None
    invoice: Invoice | None = None
    settled_at: datetime | None = None

    @property
    def purpose(self) -> dict[str, str]:
        return purpose_of(self.kind, self.id)

    @property
    def references(self) -> tuple[str, ...]:
        """The HIS's own numbers: of the bills, or of the stay."""
        return tuple(line.no for line in self.lines)

    @property
    def title(self) -> str:
        """What the pay platform's statement says: nothing clinical."""
        return f"门诊缴费 {len(self.lines)} 项" if self.kind == BILL else "住院预交金"

    @property
    def refused_fen(self) -> int:
        """What goes back because the HIS would not have it."""
        if self.state in ("REFUSED", "REFUNDED"):
            return self.fen
        return sum(line.fen for line in self.lines if line.no in self.refused)


class Outcome(msgspec.Struct, frozen=True):
    """What the HIS has made of a payment: bills it took, and those it would not have."""

    taken: tuple[str, ...]
    refused: tuple[str, ...]


def purpose_of(kind: str, key: str) -> dict[str, str]:
    """What its order is for."""
    return {"kind": kind, "id": key}


def claim_of(inst: str, no: str) -> str:
    """The key of a bill: numbers of two hospitals may be the same."""
    return f"{inst}:{no}"


def shown(bill: Bill, reads: bool) -> BillShown:
    """A bill as somebody sees it who may read about the patient, or may only pay."""
    common = BillShown(
        no=bill.no,
        department=bill.department,
        fen=bill.fen,
        expires_at=bill.expires_at,
        prescribed_at=bill.prescribed_at,
    )
    if not reads:
        return common
    return msgspec.structs.replace(common, kind=bill.kind, doctor=bill.doctor, items=bill.items)


def payable(bills: Iterable[Bill], now: datetime) -> list[Bill]:
    """Those that can be paid now, the oldest first."""
    found = [bill for bill in bills if bill.state == "PENDING" and bill.expires_at > now]
    return sorted(found, key=lambda bill: (bill.prescribed_at, bill.no))


def choose(offered: list[BillShown], nos: list[str], amount_fen: int) -> list[BillShown]:
    """The chosen ones, if the HIS still wants exactly what the payer saw.

    Raises:
        BillsChanged: one is gone, or the amounts are others.
    """
    wanted = set(nos)
    chosen = [bill for bill in offered if bill.no in wanted]
    if len(chosen) != len(wanted) or sum(bill.fen for bill in chosen) != amount_fen:
        told = [msgspec.to_builtins(bill.line()) for bill in offered]
        raise BillsChanged(bills=told)
    return chosen


def outcome(payment: Payment, bills: Iterable[Bill]) -> Outcome:
    """Which of its bills this payment has paid, as the HIS says."""
    with_it = {bill.no for bill in bills if bill.state == "PAID" and bill.paid_with == payment.id}
    taken = tuple(no for no in payment.references if no in with_it)
    return Outcome(taken, tuple(no for no in payment.references if no not in with_it))
