"""Requests of the finance office: orders, refunds by a person, what the HIS would not book."""

from datetime import timedelta
from typing import Any

from booking.appointments import service as appointments
from booking.payments import service as payments
from booking.payments.model import JSAPI, Order, OrderSpec
from booking.postings.store import POSTINGS
from booking.refunding.store import REQUESTS
from tests.helpers.bureau import stuck
from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids

ID = r"([a-z0-9]{5,40})"
ONE, API = "/console/orders/{}", "/api/v1/orders"
KEY = r"([a-z0-9]+)"


async def paid(stage: Stage) -> Order:
    """An order of somebody, paid in cash."""
    owner = stage.as_account(await stage.account("somebody"))
    spec = OrderSpec(
        purpose={"kind": "test", "id": ids.new("apt")},
        account=owner.actor.id,
        title="挂号费",
        amount_fen=5000,
        expires_at=stage.ctx.now() + timedelta(hours=1),
    )
    return await payments.take_cash(stage.ctx, spec)


def sent(path: str, about: str, fields: dict[str, Any]) -> Ask:
    """As a page's form sends it, or over JSON."""
    if path.startswith("/api/"):
        return Ask(path, json=fields or None, objects=(about,))
    return Ask(path, fields=fields or None, objects=(about,))


def order(path: str, **fields: Any) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        found = await paid(stage)
        key = {"idempotency_key": ids.new("key")} if "amount" in fields else {}
        return sent(path.format(found.id), found.id, {**fields, **key})

    return Case(make, of="institution")


def request(path: str = f"{ONE}/requests/{{}}", **fields: Any) -> Case:
    """A refund that another member of staff has asked for."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        found, key = await paid(stage), ids.new("rfr")
        await stage.ctx.db(REQUESTS).insert(
            {"_id": key, "order": found.id, "fen": 100, "why": "多收", "asked_by": "stf0",
             "asked_at": stage.ctx.now(), "state": "WAITING", "version": 1}
        )  # fmt: skip
        named = (key,) if path.startswith("/api/") else (found.id, key)
        return sent(path.format(*named), key, fields)

    return Case(make, of="institution")


async def posted(stage: Stage, state: str = "REFUSED") -> tuple[str, str]:
    """(order, posting) of a payment; unless said otherwise the HIS would not book it."""
    found, key, now = await paid(stage), ids.new("pst"), stage.ctx.now()
    await stage.ctx.db(POSTINGS).insert(
        {"_id": key, "kind": "PAID", "order": found.id, "reference": ids.new("pay"), "fen": 5000,
         "platform": "cash", "merchant": "", "transaction": "", "purpose": found.purpose,
         "at": now, "made_at": now, "state": state, "version": 1}
    )  # fmt: skip
    return found.id, key


def posting(tail: str = "", **fields: Any) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        found, key = await posted(stage)
        return sent(f"/console/orders/{found}/postings/{key}{tail}", key, fields)

    return Case(make, of="institution")


def api_posting(tail: str = "", state: str = "REFUSED", **fields: Any) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        _, key = await posted(stage, state)
        return sent(f"/api/v1/postings/{key}{tail}", key, fields)

    return Case(make, of="institution")


def cash_back(path: str, **fields: Any) -> Case:
    """Cash that was asked back, and is in the payer's hand by now."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        found = await paid(stage)
        await payments.refund(stage.ctx, found.id, 100, "多收诊查费")
        return sent(path.format(found.id), found.id, fields)

    return Case(make, of="institution")


def attempt(path: str, **fields: Any) -> Case:
    """An attempt that the platform is asked about."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        owner = await stage.account("somebody")
        held = await stage.held(owner)
        await appointments.pay(stage.as_account(owner), held.id, JSAPI, "127.0.0.1")
        found = await payments.find(stage.ctx, held.purpose)
        [no] = found.ledger().attempts
        return sent(path.format(found.id, no), no, fields)

    return Case(make, of="institution")


def fund(path: str, **fields: Any) -> Case:
    """An insured order whose bureau has refused a reversal."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        key = await stuck(stage.ctx)
        return sent(path.format(key), key, fields)

    return Case(make, of="institution")


async def search(stage: Stage, caller: Caller) -> Ask:
    return Ask(f"{API}/search", json={"day": "2026-11-22", "unposted": True})


WHY = "与医院核对后决定"
CONSOLE: dict[str, Case] = {
    "GET /console/orders": at("/console/orders"),
    "POST /console/orders": at("/console/orders", 200, 422),
    f"GET /console/orders/{ID}": order(ONE),
    f"GET /console/orders/{ID}/refund": Case(order(f"{ONE}/refund").make),
    f"POST /console/orders/{ID}/refund": order(f"{ONE}/refund", amount="1.00", why="多收诊查费"),
    f"GET /console/orders/{ID}/cash-back": Case(order(f"{ONE}/cash-back").make),
    f"POST /console/orders/{ID}/cash-back": cash_back(f"{ONE}/cash-back", fen="100"),
    f"GET /console/orders/{ID}/fund": Case(order(f"{ONE}/fund").make),
    f"POST /console/orders/{ID}/fund": fund(f"{ONE}/fund", version=7, act="settle", fund_note=WHY),
    f"POST {API}/{KEY}/fund": fund(f"{API}/{{}}/fund", version=7, act="settle", why=WHY),
    f"GET /console/orders/{ID}/requests/{ID}": Case(request().make),
    f"POST /console/orders/{ID}/requests/{ID}": request(version="1", verdict="approve"),
    f"GET /console/orders/{ID}/platform/{ID}": Case(order(f"{ONE}/platform/pay00000").make),
    f"POST /console/orders/{ID}/platform/{ID}": attempt(f"{ONE}/platform/{{}}", _="1"),
    f"GET /console/orders/{ID}/postings/{ID}": Case(posting().make),
    f"POST /console/orders/{ID}/postings/{ID}": posting(version="1", act="settle", note=WHY),
    f"GET /console/orders/{ID}/postings/{ID}/back": Case(posting("/back").make),
    f"POST /console/orders/{ID}/postings/{ID}/back": posting("/back", version="1", back_note=WHY),
    f"GET {API}": at(f"{API}?day=2026-11-22"),
    f"GET {API}/{KEY}": order(f"{API}/{{}}"),
    f"POST {API}/{KEY}/refunds": order(f"{API}/{{}}/refunds", amount_fen=100, why="多收诊查费"),
    f"POST /api/v1/refund-requests/{KEY}/decision": request(
        "/api/v1/refund-requests/{}/decision", version=1, verdict="approve"
    ),
    f"POST /api/v1/postings/{KEY}": api_posting(version=1, act="settle", why=WHY),
    f"POST /api/v1/postings/{KEY}/ask": api_posting("/ask", "POSTED"),
    f"POST /api/v1/postings/{KEY}/back": api_posting("/back", version=1, why=WHY),
    f"POST /api/v1/payments/{KEY}/check": attempt("/api/v1/payments/{1}/check"),
    f"POST {API}/search": Case(search),
    f"POST {API}/{KEY}/cash-back": cash_back(f"{API}/{{}}/cash-back", amount_fen=100),
}
