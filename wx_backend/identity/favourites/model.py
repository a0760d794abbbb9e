"""收藏: the doctors and departments an account keeps at hand, newest first. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.errors import AppError
from wx_backend.directory.departments.model import Department, Doctor

Kind = Literal["doctor", "department"]
MOST = 30
"""Kept by one account in one institution: a list to look through, not an archive."""


class TooManyFavourites(AppError):
    """``limit``: how many an account may keep."""

    code, status, message = "too_many_favourites", 409, "收藏数量已达上限，请先取消一些"


class Favourite(msgspec.Struct, frozen=True):
    """One of them; ``id`` is the doctor's or the department's, ``came_from`` the merged accounts
    that it came with.
    """

    kind: Kind
    id: str
    at: datetime
    came_from: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What an account keeps and the hospital still has, newest first."""

    doctors: tuple[Doctor, ...]
    departments: tuple[Department, ...]

    def has(self, key: str) -> bool:
        return any(one.id == key for one in (*self.doctors, *self.departments))


def list_id(inst: str, account: str) -> str:
    """An account's list is one document, so that one write decides: once each, and no more than
    ``MOST``.
    """
    return ids.derive("fav", inst, account)
