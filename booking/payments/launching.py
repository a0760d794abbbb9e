"""How each method of payment begins: what the platform is asked for, and what the payer gets."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from booking.payments.ledger import Attempt
from booking.payments.model import ALIPAY, ALIPAY_QR, ALIPAY_WAP, H5, JSAPI, NATIVE, Order, Ticket
from wx_backend.gateways.paying import Prepay

Pay = Any
"""The port of the method's own platform."""


class Launch(NamedTuple):
    """``ask`` has the platform's answer, which is kept; ``shown`` is the payer's part of a ticket,
    of an attempt that has it. ``inside``: paid inside the platform's own app, so that the payer has
    an id there.
    """

    ask: Callable[[Pay, Prepay], Awaitable[str]]
    shown: Callable[[Pay, Attempt], dict[str, Any]]
    inside: bool = False


def _sheet(pay: Pay, attempt: Attempt) -> dict[str, Any]:
    return {"jsapi": pay.jsapi_params(attempt.prepay or "", attempt.terms.appid)}


def _trade(_: Pay, attempt: Attempt) -> dict[str, Any]:
    return {"trade_no": attempt.prepay}


def _page(_: Pay, attempt: Attempt) -> dict[str, Any]:
    return {"url": attempt.prepay}


def _code(_: Pay, attempt: Attempt) -> dict[str, Any]:
    return {"qr": attempt.prepay}


LAUNCHES = {
    JSAPI: Launch(lambda pay, asked: pay.prepay_jsapi(asked), _sheet, inside=True),
    H5: Launch(lambda pay, asked: pay.prepay_h5(asked), _page),
    NATIVE: Launch(lambda pay, asked: pay.prepay_native(asked), _code),
    ALIPAY: Launch(lambda pay, asked: pay.create(asked), _trade, inside=True),
    ALIPAY_WAP: Launch(lambda pay, asked: pay.wap_url(asked), _page),
    ALIPAY_QR: Launch(lambda pay, asked: pay.precreate(asked), _code),
}


def ticket(pay: Pay, order: Order, attempt: Attempt) -> Ticket:
    """What the payer's device needs for an attempt that the platform has taken."""
    shown = LAUNCHES[attempt.method].shown(pay, attempt)
    told = {"method": attempt.method, "insured_fen": order.insured_fen}
    return Ticket(order=order.id, **told, **shown)
