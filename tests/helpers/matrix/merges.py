"""Cases of accounts that were made one: each request has a merge of its own."""

from types import SimpleNamespace

from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import reactions
from wx_backend.identity.patients import service as patients

ID = r"([a-z0-9]{5,40})"
REASON = "双方持证到窗口，互不相识"


async def merged(stage: Stage) -> tuple[str, str]:
    """A binding of the account that stays, and the account that became it."""
    people = [await stage.account("one"), await stage.account("another")]
    channel = await institutions.channel_for(stage.ctx, "wechat")
    union = ids.new("u")
    for one in people:
        await stage.patient(one)
        openid = await accounts.openid(stage.ctx, one.id, channel.appid)
        known = OpenIdentity(openid=openid, unionid=union)
        joined = await accounts.account_of(stage.ctx, channel, known)
    kept, gone = sorted(people, key=lambda one: one.id != joined.id)
    event = SimpleNamespace(data={"account": gone.id, "into": kept.id})
    await reactions.adopt(stage.ctx, event)
    person, _ = await patients.mine(stage.as_account(kept))
    return person.binding_id, gone.id


def _listed(sends: bool) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        binding, gone = await merged(stage)
        fields = {"account": gone, "reason": REASON} if sends else None
        return Ask(f"/console/people/{binding}/merges", fields=fields, objects=(binding,))

    return Case(make, of="institution")


def _one(sends: bool) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        _, gone = await merged(stage)
        fields = {"reason": REASON} if sends else None
        return Ask(f"/console/merges/{gone}", fields=fields, objects=(gone,))

    return Case(make, of="institution")


CASES: dict[str, Case] = {
    f"GET /console/people/{ID}/merges": _listed(sends=False),
    f"POST /console/people/{ID}/merges": _listed(sends=True),
    f"GET /console/merges/{ID}": _one(sends=False),
    f"POST /console/merges/{ID}": _one(sends=True),
}
