"""Institutions, their campuses and relations, and the platform accounts they own. Pure."""

from typing import Literal
from urllib.parse import urlencode

import msgspec

from wx_backend.base import clock, ids
from wx_backend.base.errors import AppError, Invalid

Direction = Literal["UP", "DOWN", "PEER"]
MAP = "https://uri.amap.com/marker"
"""Opens a map with a pin (Amap URI API): the app where it is installed, else a page."""


class NoChannel(AppError):
    """The institution has no account on this platform yet."""

    code, status, message = "no_channel", 409, "本机构尚未开通该渠道"


class ChannelIncomplete(Invalid):
    """An account that could not be used is not stored; ``fields`` says what it lacks."""

    code, message = "channel_incomplete", "平台账号缺少必需的内容或填写有误"


class ChannelUnusable(AppError):
    """A stored account cannot be used; ``fields`` says why, without any secret."""

    code, status, message = "channel_unusable", 503, "该渠道的配置有误，请联系医院信息科"


class Institution(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One hospital or community centre. ``level`` as people read it: 三级甲等.

    ``hosts`` are the host names (without port) under which its pages are opened.
    """

    id: str
    code: str
    name: str
    level: str
    phone: str
    hosts: tuple[str, ...] = ()
    zone: str = clock.HOSPITAL_ZONE


class Campus(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A site of an institution, with its own wall clock.

    Args:
        hours: when there are clinics, and how to get there (``way``), as people say it.
        place: longitude and latitude in degrees, as Chinese maps count them (GCJ-02).
    """

    id: str
    inst: str
    name: str
    address: str
    zone: str = clock.HOSPITAL_ZONE
    phone: str = ""
    hours: str = ""
    way: str = ""
    place: tuple[float, float] | None = None

    @property
    def map_href(self) -> str:
        """The site on a map, in any browser; empty when nobody has entered where it is."""
        if self.place is None:
            return ""
        at = ",".join(f"{degrees:.6f}" for degrees in self.place)
        return f"{MAP}?{urlencode({'position': at, 'name': f'{self.name} {self.address}'})}"


class Relation(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """``inst`` may refer to ``other``: upwards, downwards or to a peer. Each way is its own row."""

    id: str
    inst: str
    other: str
    direction: Direction


class Channel(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One platform account of an institution.

    Args:
        platform: ``wechat`` (service account), ``wechat_mini``, ``wechat_pay``,
            ``alipay``, ``wecom``, ``sms``, ``lis``, ``his_numbers``, ``his_accounts``,
            ``his_bills`` or ``his_proof``; ``needs.py`` says what each must come with.
        appid: of the account; for a merchant, the account that its payments belong to; for WeCom,
            the id of the corp; for texts, the SDKAppID; for a LIS, ``application|facility`` as in
            its messages; for a HIS, the name of the secret.
        mchid: the merchant's number; for Alipay that of the seller (2088…).
        version: raised by every change, so that clients made from older credentials are let go.
        templates: platform's template id by our name of the message.
        params: what the platform gave us that is no secret (serial numbers, public keys); a
            merchant's ``more_appids``, with spaces between, are further accounts bound to it; its
            ``other_public_key`` is believed too, while the platform changes its key.
        secrets: sealed; opened only to make a client.
    """

    id: str
    inst: str
    platform: str
    version: int
    appid: str = ""
    mchid: str = ""
    templates: dict[str, str] = {}
    params: dict[str, str] = {}
    secrets: dict[str, str] = {}

    def appids(self) -> tuple[str, ...]:
        """The accounts that a merchant's payments may belong to, the usual one first."""
        return (self.appid, *self.params.get("more_appids", "").split())


class ChannelSpec(msgspec.Struct, frozen=True):
    """A platform account as somebody hands it in: a channel's fields, its ``secrets`` open."""

    platform: str
    secrets: dict[str, str]
    appid: str = ""
    mchid: str = ""
    templates: dict[str, str] = {}
    params: dict[str, str] = {}

    def channel(self, inst: str) -> Channel:
        """The institution's, as yet without secrets."""
        return Channel(
            id=channel_id(inst, self.platform, self.mchid or self.appid),
            inst=inst,
            platform=self.platform,
            version=1,
            appid=self.appid,
            mchid=self.mchid,
            templates=self.templates,
            params=self.params,
        )

    def amending(self, stored: Channel, secrets: dict[str, str]) -> "ChannelSpec":
        """What is not given stays as it is stored, an empty parameter is taken away; ``secrets``
        are the stored ones, opened.
        """
        params = {**stored.params, **self.params}
        return ChannelSpec(
            self.platform,
            {**secrets, **self.secrets},
            appid=self.appid or stored.appid,
            mchid=self.mchid,
            templates={**stored.templates, **self.templates},
            params={name: value for name, value in params.items() if value},
        )


def channel_id(inst: str, platform: str, account: str) -> str:
    """``account`` is the appid, or the mchid of a merchant."""
    return ids.derive("chn", inst, platform, account)


def secret_aad(channel: str, name: str) -> str:
    """What a sealed credential is bound to."""
    return f"channels.{name}:{channel}"


def host_name(host: str) -> str:
    """The host of a ``Host`` header: lower case, without port."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]
