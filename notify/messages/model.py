"""A message: one fact told to one person. Its states, grades and waiting times (pure)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from notify.relay.model import wait_after
from wx_backend.base import clock
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

DUE = "DUE"
SENDING = "SENDING"
SENT = "SENT"
UNKNOWN = "UNKNOWN"
SKIPPED = "SKIPPED"
FAILED = "FAILED"
PARKED = "PARKED"
KEPT = "KEPT"

MESSAGE = Machine(
    "message",
    states=frozenset({DUE, SENDING, SENT, UNKNOWN, SKIPPED, FAILED, PARKED, KEPT}),
    initial=DUE,
    transitions={
        (DUE, "skip"): SKIPPED,
        (DUE, "keep"): KEPT,  # in the message centre only, as the receiver asked
        (DUE, "give_up"): FAILED,
        (DUE, "fail"): DUE,
        (DUE, "park"): PARKED,
        (DUE, "send"): SENDING,
        (SENDING, "send"): SENDING,  # critical grade, found after a crash
        (SENDING, "accept"): SENT,
        (SENDING, "lose_sight"): UNKNOWN,
        (SENDING, "give_up"): FAILED,
        (SENDING, "fail"): DUE,
        (SENDING, "park"): PARKED,
        (SENDING, "skip"): SKIPPED,
        (UNKNOWN, "accept"): SENT,  # the sender was slower than its lease, or the platform told
        (PARKED, "replay"): DUE,
    },
    terminal=frozenset({SENT, SKIPPED, FAILED, KEPT}),
)

WECHAT = "wechat"
WECOM = "wecom"
WECHAT_MINI = "wechat_mini"
ALIPAY = "alipay"
"""The life account (生活号)."""
ALIPAY_MINI = "alipay_mini"
SMS = "sms"
CHANNELS = (WECHAT, WECHAT_MINI, ALIPAY, ALIPAY_MINI, SMS, WECOM)

HEARD_WITHIN = timedelta(minutes=10)
"""In which the platform tells how a message ended that it did not answer for: as long as it knows a
message again by our id (``client_msg_id``, protocols.md 1.5). It does so within seconds.
"""

SKEW = timedelta(seconds=5)
"""By which the platform's clock may be behind ours."""

OLDEST = timedelta(days=30)
"""News older than this is not sent any more; the message centre still shows it."""


class Grade(StrEnum):
    """How much a message matters; CRITICAL has its own lane and goes again when in doubt."""

    INFO = "INFO"
    NORMAL = "NORMAL"
    CRITICAL = "CRITICAL"


class Delivery(StrEnum):
    """What the platform later said about an accepted message."""

    DELIVERED = "delivered"
    USER_BLOCK = "user_block"
    FAILED = "failed"


class Level(StrEnum):
    """Which messages of a kind come to the phone: all, those that matter, or none."""

    ALL = "all"
    IMPORTANT = "important"
    NONE = "none"


Hour = Annotated[str, Text(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Preferences(Form):
    """``quiet_from`` and ``quiet_to`` are ``HH:MM`` of the hospital's zone, both or neither; quiet
    hours may go over midnight. One level for each kind of messages: the first part of their
    events' names, or what ``preferences.LEVELS`` has for it.
    """

    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    appointment: Level = Level.ALL
    payment: Level = Level.ALL


NO_CHANNEL = "no_channel"
"""Reason of a message that the institution has no platform for."""


class NoRoute(Exception):
    """Nobody can be told on any channel; ``reason`` is that of the last one."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class Later(Exception):
    """Nothing goes out on this channel for ``wait``; ``reason`` says why."""

    def __init__(self, wait: timedelta, reason: str):
        self.wait, self.reason = wait, reason
        super().__init__(reason)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages of one template of the mini-program an account still takes."""

    template_id: str
    left: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a member has tapped on the card of a message.

    Args:
        key: of the button.
        chosen: text of the option chosen on the card; empty without.
    """

    message: str
    key: str
    chosen: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its receiver reads it. ``link`` is a path of our pages, or empty."""

    id: str
    at: datetime
    title: str
    text: str
    icon: str
    link: str
    state: str
    read: bool


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; ``cursor`` asks for older ones, None when there is nothing older."""

    items: list[Item]
    cursor: str | None = None


def delivery_of(status: str) -> Delivery:
    """From ``Status`` of TEMPLATESENDJOBFINISH (protocols.md 1.5)."""
    if status == "success":
        return Delivery.DELIVERED
    return Delivery.USER_BLOCK if "user block" in status else Delivery.FAILED


def may_have_ended(sending_at: datetime, told_at: datetime) -> bool:
    """Whether what the platform told at ``told_at`` can be the end of a message sent then."""
    return sending_at - SKEW <= told_at <= sending_at + HEARD_WITHIN


def wait_for_retry(tries: int, key: str, wire_now: datetime, tomorrow: bool) -> timedelta | None:
    """How long a message waits after its ``tries``-th failure; None when a person must look.

    ``tomorrow``: the platform's daily limit is reached, which it resets at midnight in Shanghai.
    """
    wait = wait_after(tries, key)
    if wait is None or not tomorrow:
        return wait
    return until_tomorrow(wire_now) + wait


def until_tomorrow(wire_now: datetime) -> timedelta:
    """Until platforms count their daily limits anew: some minutes after midnight in Shanghai."""
    local = clock.local_time(wire_now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - local + timedelta(minutes=5)
