"""Accounts: one signed-in person over channels, known by the openids of each appid. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from wx_backend.base.errors import AppError
from wx_backend.gateways.alipay.port import AlipayIdentity
from wx_backend.gateways.wechat.port import OpenIdentity

PREFIX = "acc"
PHONE_KEY = "phone:"
APPS = {"AlipayClient": "alipay", "MicroMessenger": "wechat"}
"""What the browsers inside the platforms' apps have in their User-Agent."""


class SnapshotVisitor(AppError):
    """WeChat's page preview (快照页) gives a virtual user whose openid is not stable."""

    code, status, message = (
        "snapshot_visitor",
        403,
        "您正在浏览微信快照页，暂不能登录。请点击页面底部的“使用完整服务”，再重新进入",
    )


class SignInExpired(AppError):
    """The state of this sign-in is not the one the browser was given, or was used before."""

    code, status, message = "sign_in_expired", 401, "登录已过期，请重新进入"


class AccountLeaving(AppError):
    """The account is being closed at this moment; afterwards the same person gets a new one."""

    code, status, message = "account_leaving", 409, "账号正在注销，请几分钟后再进入"


class NotRecorded(AppError):
    """The accounts became one before what moved was written down."""

    code, status, message = (
        "merge_not_recorded",
        409,
        "这次合并没有留下移动记录，不能自动拆分，请联系信息科",
    )


class OpenId(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform calls this person under one appid."""

    platform: str
    appid: str
    openid: str
    since: datetime


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The wish to close an account: asked where and when, and when it is to be done at the latest
    if nothing stands in the way (business time).

    Args:
        step: ``SEALED``: nobody can be signed in any more; ``CLEARED``: nothing stood in the way
            then, and what is to be erased is being erased.
        held: it was due, but something stood in the way, and the person was told so.
    """

    inst: str
    asked_at: datetime
    until: datetime
    step: Literal["ASKED", "SEALED", "CLEARED"] = "ASKED"
    held: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One person who signs in.

    Args:
        keys: everything that identifies this person to a platform, each unique over all accounts.
        epoch: sessions of an older epoch are revoked.
        state: ``MERGED`` accounts live on in ``merged_into``, since ``merged_at``; ``given_up`` are
            the keys that went there. ``LEAVING`` is ACTIVE's last minute: nobody signs in.
            ``CLOSED`` is all that is left: an id, for what the law keeps.
        apart: accounts of other persons, say people: never joined with this one by itself.
    """

    id: str
    identities: tuple[OpenId, ...]
    keys: tuple[str, ...]
    created_at: datetime
    version: int = 1
    epoch: int = 1
    state: Literal["ACTIVE", "MERGED", "LEAVING", "CLOSED"] = "ACTIVE"
    merged_into: str = ""
    merged_at: datetime | None = None
    given_up: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    closing: Closing | None = None

    def openid(self, appid: str) -> str | None:
        """The person's openid under ``appid``, if they were ever seen there; an Alipay user_id only
        while there is no open_id, which takes its place.
        """
        known = [one.openid for one in self.identities if one.appid == appid]
        return min(known, key=is_user_id, default=None)

    def knows(self, given: OpenId) -> bool:
        """Whether this name of the person is written down."""
        return any(
            (one.appid, one.openid) == (given.appid, given.openid) for one in self.identities
        )

    def unions(self, platform: str) -> bool:
        """Whether their unionid on this platform is known."""
        return any(key.startswith(unionid_key(platform, "")) for key in self.keys)


class Joined(msgspec.Struct, frozen=True):
    """An account that was another's for a time: since when (business time; None: not known), and
    under which ids its person acted before.
    """

    since: datetime | None
    ids: frozenset[str]


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """An account that became another: when, from which platforms, and whom it had here (masked).

    ``recorded``: it is known what came from it.
    """

    account: str
    into: str
    at: datetime | None
    platforms: tuple[str, ...]
    people: tuple[str, ...]
    recorded: bool


def from_alipay(said: AlipayIdentity) -> OpenIdentity:
    """As every platform's: Alipay's user_id is one over all apps, as a unionid is. Applications
    are moved from user_id to open_id one by one (protocols.md 5.6), so either may be alone.
    """
    openid = said.open_id or said.user_id
    if openid is None:
        raise ValueError("Alipay names everybody by one id at least")
    return OpenIdentity(openid=openid, unionid=said.user_id)


def is_user_id(openid: str) -> bool:
    """Whether it is Alipay's older name of a person: 16 digits from 2088."""
    return openid.startswith("2088") and openid.isdigit()


def app_of(agent: str) -> str:
    """The platform inside whose app a browser with this User-Agent is; empty for any other."""
    return next((platform for mark, platform in APPS.items() if mark in agent), "")


def openid_key(appid: str, openid: str) -> str:
    return f"openid:{appid}:{openid}"


def unionid_key(platform: str, unionid: str) -> str:
    """A unionid is one person over all the apps of an operator on one platform."""
    return f"unionid:{platform.partition('_')[0]}:{unionid}"


def phone_key(blind: str) -> str:
    """``blind``: the blind index of country code and number; a key holds no number."""
    return f"{PHONE_KEY}{blind}"


def joins_by_phone(holder: frozenset[str], claimer: frozenset[str]) -> bool:
    """Whether a checked number makes two accounts one person.

    Operators give numbers to somebody else after some months, so a number alone proves only who has
    it today. The second proof is a patient who is 本人 of both accounts and was verified at both:
    a binding by name and number alone proves nothing, whichever of the accounts has it, because
    the merged account would read what either may read.

    Source: issue 4 (a recycled number never merges by itself); protocols.md 2 (WeChat says who has
    the number now, not who had it).

    Args:
        holder: patients who are verified 本人 of the account that had the number first.
        claimer: the same of the account that proves the number now.
    """
    return bool(holder & claimer)


def survivor(accounts: list[Account]) -> tuple[Account, list[Account]]:
    """Of accounts found to be one person, the one that stays (the eldest) and the others."""
    eldest, *others = sorted(accounts, key=lambda one: (one.created_at, one.id))
    return eldest, others


def one_person(keys: list[str], found: list[Account]) -> tuple[Account, list[Account]]:
    """As ``survivor``, but who was told apart stays apart: then it is the account with the first
    of ``keys``, by which the person signed in just now.
    """
    eldest, others = survivor(found)
    if not any(other.id in eldest.apart for other in others):
        return eldest, others
    own = next((one for one in found if keys[0] in one.keys), eldest)
    return own, [one for one in found if one is not own and one.id not in own.apart]


def apart(holder: Account, retired: Account) -> tuple[Account, Account]:
    """Both as they are when they are two again: what ``retired`` gave up, and the holder still has,
    goes back.
    """
    back = tuple(key for key in retired.given_up if key in holder.keys)
    left = tuple(one for one in holder.identities if openid_key(one.appid, one.openid) not in back)
    return (
        msgspec.structs.replace(
            holder,
            keys=tuple(key for key in holder.keys if key not in back),
            identities=left,
            apart=(*holder.apart, retired.id),
        ),
        msgspec.structs.replace(
            retired, state="ACTIVE", merged_into="", keys=back, apart=(*retired.apart, holder.id)
        ),
    )


def handed_over(
    account: str, into: str, field: str = "account", named: Callable[[str], str] = str
) -> tuple[dict, dict]:
    """(filter, update) by which what is a merged account's becomes another's; it keeps where it
    came from.

    Args:
        field: which says whose it is, of the account as ``named`` there.
    """
    moved = {"$set": {field: named(into)}, "$push": {"came_from": account}}
    return {field: named(account)}, moved


def handed_back(
    account: str, of: str, field: str = "account", named: Callable[[str], str] = str
) -> tuple[dict, dict]:
    """(filter, update) by which what came from ``account`` becomes its own again."""
    moved = {"$set": {field: named(account)}, "$pull": {"came_from": account}}
    return {field: named(of), "came_from": account}, moved


def local_path(given: str, home: str = "/") -> str:
    """``given`` if it is a path of this site, else ``home``: nobody is sent elsewhere by a link.

    Browsers read ``\\`` as ``/`` and drop control characters, so both are refused.
    """
    plain = given.isprintable() and given.isascii() and "\\" not in given and " " not in given
    if not plain or not given.startswith("/") or given.startswith("//"):
        return home
    parts = urlsplit(given)
    return home if parts.scheme or parts.netloc else given
