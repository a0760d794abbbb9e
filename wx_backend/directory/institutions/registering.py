"""A platform account is stored, or changed: whole or not at all, its credentials sealed."""

import msgspec

from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.directory.institutions import clients, store
from wx_backend.directory.institutions.model import (
    Channel,
    ChannelIncomplete,
    ChannelSpec,
    secret_aad,
)
from wx_backend.directory.institutions.needs import lacks


async def register_channel(ctx: Ctx, spec: ChannelSpec) -> Channel:
    """Stores a platform account of the context's institution, its credentials sealed.

    Credentials that differ from the stored ones (a rotation) raise the version, which retires the
    clients made from the older ones within a second. Repeating it changes nothing.

    Raises:
        ChannelIncomplete: something that the platform needs is missing or cannot be.
        WrongState: somebody changed the channel at the same time.
    """
    wanted = spec.channel(ctx.institution or "")
    if found := lacks(wanted, spec.secrets):
        raise ChannelIncomplete(fields=found)
    vault = ctx.house.vault
    sealed = {
        name: vault.seal(value, secret_aad(wanted.id, name)) for name, value in spec.secrets.items()
    }
    fresh = msgspec.structs.replace(wanted, secrets=sealed)
    if await store.add_channel(ctx, fresh):
        return fresh
    return await _replace(ctx, wanted, fresh, spec.secrets)


async def amend_channel(ctx: Ctx, spec: ChannelSpec) -> Channel:
    """As ``register_channel``, and what is not given stays as it is stored: a rotated key is given
    alone. Audited by the names of what was given, never with a value.

    Raises:
        ChannelIncomplete, WrongState; Unreadable: a stored secret does not open, give it anew.
    """
    whole = spec
    if stored := await store.channel(ctx, spec.channel(ctx.institution or "").id):
        kept = stored.secrets.keys() - spec.secrets.keys()
        opened = {name: clients.credential(ctx.house, stored, name) for name in kept}
        whole = spec.amending(stored, opened)
    changed = await register_channel(ctx, whole)
    names = sorted([*spec.secrets, *spec.templates, *spec.params])
    await ctx.house.audit.record(
        ctx, "institutions:channel:changed", changed.id, version=changed.version, given=names
    )
    return changed


async def _replace(ctx: Ctx, wanted: Channel, fresh: Channel, secrets: dict[str, str]) -> Channel:
    stored = await store.channel(ctx, wanted.id)
    if stored is None:
        raise WrongState()
    opened = {name: clients.credential(ctx.house, stored, name) for name in stored.secrets}
    if opened == secrets and wanted == msgspec.structs.replace(stored, version=1, secrets={}):
        return stored
    changed = msgspec.structs.replace(fresh, version=stored.version + 1)
    if not await store.replace_channel(ctx, changed, stored.version):
        raise WrongState()
    recent(ctx.house, "channels").forget(wanted.id)
    recent(ctx.house, "channels_of").forget((wanted.inst, wanted.platform))
    return changed
