"""What is left of the people of an account that is being closed."""

from wx_backend.base import audit
from wx_backend.base.context import Ctx
from wx_backend.base.events import happened
from wx_backend.identity.patients import store
from wx_backend.identity.patients.events import REMOVED
from wx_backend.identity.patients.model import Binding


async def erase(ctx: Ctx, account: str) -> bool:
    """Ends the account's bindings here as if it had removed them, then deletes them with the phone
    numbers given; what was consented to stays in the audit, without a name (个人信息保护法, article
    55: processing records). Patients stay: they are the hospital's records. May be repeated.

    Returns:
        Whether nothing is left; False while the end of a binding is still to be told.
    """
    for binding in await store.of_account(ctx, account):
        if binding.active:
            facts = {"binding": binding.id, "account": account, "patient_id": binding.patient_id}
            event = happened(ctx, REMOVED, binding.id, binding.version + 1, **facts)
            await store.remove(ctx, binding, event)
            ctx.house.nudge()
    for binding in await store.told(ctx, account):
        await ctx.house.audit.record(
            ctx, "account:binding:erased", binding.id, consents=_consents(binding)
        )
        await audit.erase(ctx, binding.id)
        await store.delete(ctx, binding)
    return not await store.of_account(ctx, account)


def _consents(binding: Binding) -> list[dict]:
    return [
        {
            "purpose": one.purpose,
            "version": one.version,
            "at": one.at,
            "withdrawn_at": one.withdrawn_at,
        }
        for one in binding.consents
    ]
