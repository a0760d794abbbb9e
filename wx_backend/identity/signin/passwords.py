"""argon2id, off the event loop and at most two at a time: each takes 64 MiB (RFC 9106, 4)."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from wx_backend.base.context import House

AT_ONCE = 2
VIEW = "password_gate"

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


async def hashed(house: House, password: str) -> str:
    async with _gate(house):
        return await asyncio.to_thread(_hasher.hash, password)


async def fits(house: House, stored: str | None, given: str) -> bool:
    """Without a stored one it is as slow as with one, and never fits."""
    async with _gate(house):
        return await asyncio.to_thread(_verify, stored, given)


def _verify(stored: str | None, given: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), given) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _gate(house: House) -> asyncio.Semaphore:
    if VIEW not in house.views:
        house.views[VIEW] = asyncio.Semaphore(AT_ONCE)
    return house.views[VIEW]
