"""Which message does what: message type → mapping → service."""

from collections.abc import Awaitable, Callable

from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.his.mapping import CHANGES, movement
from wx_backend.gateways.hl7.message import Message
from wx_backend.gateways.lis.mapping import reports
from wx_backend.records.encounters import service as encounters
from wx_backend.records.reports import service as filing

Route = Callable[[Ctx, Message], Awaitable[None]]


async def move(ctx: Ctx, message: Message) -> None:
    """ADT → charts and encounters."""
    await encounters.apply(ctx, movement(message, _zone(ctx)))


async def report(ctx: Ctx, message: Message) -> None:
    """ORU^R01 → reports; one after the other, since they may share a patient."""
    for one in reports(message, _zone(ctx), ctx.wire_now()):
        await filing.file(ctx, one)


ROUTES: dict[str, Route] = {**{f"ADT^{trigger}": move for trigger in CHANGES}, "ORU^R01": report}
KINDS = frozenset(ROUTES)


def _zone(ctx: Ctx) -> str:
    known = institutions.known(ctx.house, ctx.institution)
    return known.zone if known else HOSPITAL_ZONE
