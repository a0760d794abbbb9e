"""Sessions of accounts: signed claims that need no look-up, unless they were revoked."""

import msgspec

from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.errors import NotSignedIn
from wx_backend.identity.revocations import service as revocations


class Session(msgspec.Struct, frozen=True):
    """Who signed in, through which channel, at which institution."""

    id: str
    account: str
    channel: str
    inst: str
    epoch: int

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account)


def issue(account_id: str, channel_id: str, institution: str, epoch: int) -> dict:
    """The claims of a new session, to be signed."""
    return msgspec.to_builtins(Session(ids.new("ses"), account_id, channel_id, institution, epoch))


def recognise(house: House, claims: dict | None) -> Session | None:
    """The session behind verified claims, unless it was revoked. No round trip."""
    if claims is None:
        return None
    try:
        session = msgspec.convert(claims, Session)
    except msgspec.ValidationError:
        return None
    return None if over(house, session.id, session.account, session.epoch) else session


def required(house: House, claims: dict | None) -> Session:
    """As ``recognise``. Raises NotSignedIn: there is none in force."""
    session = recognise(house, claims)
    if session is None:
        raise NotSignedIn()
    return session


def over(house: House, session: str, account: str, epoch: int) -> bool:
    """Whether it was revoked. No round trip."""
    return revocations.ended(house, (session, account), epoch)


async def end(ctx: Ctx, session: str) -> None:
    """Signs out: this session is over here at once and everywhere within a second."""
    await revocations.end(ctx, session)


async def end_account(ctx: Ctx, account_id: str, epoch: int) -> None:
    """Every session of the account with an older epoch is over."""
    await revocations.end(ctx, account_id, epoch)
