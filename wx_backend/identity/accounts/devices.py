"""登录设备: where an account is signed in, and when it was used there last. Pure."""

from datetime import datetime

import msgspec

KINDS = (
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("HarmonyOS", "harmony"),
    ("OpenHarmony", "harmony"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Macintosh", "mac"),
)
"""What a User-Agent has in it, and the kind of device that it says. The rest of it is not kept."""

HOUR = 3600


class Login(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One session of an account, as its list of devices shows it; all moments are real time.

    Args:
        id: of the session, which is signed claims and needs no look-up.
        platform: of the channel: ``wechat``, ``wechat_mini``, ``alipay``.
        kind: of the device; empty when its browser does not say.
        used: to the hour.
        until: then the session is over by itself.
    """

    id: str
    account: str
    channel: str
    platform: str
    kind: str
    since: datetime
    used: datetime
    until: datetime
    epoch: int


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """``here``: the one that asks, whose moments are empty when it is older than the list."""

    id: str
    platform: str = ""
    kind: str = ""
    since: datetime | None = None
    used: datetime | None = None
    here: bool = False


def kind_of(agent: str) -> str:
    """The kind of device of a browser with this User-Agent; empty when it does not say."""
    return next((kind for mark, kind in KINDS if mark in agent), "")


def devices(logins: list[Login], here: str) -> list[Device]:
    """This one first, then those that were used last."""
    known = [
        Device(
            id=one.id,
            platform=one.platform,
            kind=one.kind,
            since=one.since,
            used=one.used,
            here=one.id == here,
        )
        for one in sorted(logins, key=lambda one: (one.id != here, -one.used.timestamp(), one.id))
    ]
    return known if known and known[0].here else [Device(id=here, here=True), *known]


class Used:
    """The sessions that this process has seen in use within the hour, until they are written down:
    so no request writes for it, and each session is written at most once an hour and process.
    """

    def __init__(self) -> None:
        self._hour = -1
        self._seen: set[str] = set()
        self._waiting: dict[str, datetime] = {}

    def note(self, session: str, now: datetime) -> None:
        hour = int(now.timestamp()) // HOUR
        if hour != self._hour:
            self._hour, self._seen = hour, set()
        if session not in self._seen:
            self._seen.add(session)
            self._waiting[session] = now

    def take(self, most: int) -> dict[str, datetime]:
        """Up to so many that are not written down yet, the longest noted first."""
        taken = dict(list(self._waiting.items())[:most])
        for session in taken:
            del self._waiting[session]
        return taken
