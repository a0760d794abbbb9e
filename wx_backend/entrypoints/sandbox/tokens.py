"""Access tokens, tickets, codes and daily quotas of an application at WeChat.

Source: protocols.md 1.1 (the two token endpoints are independent of each other), 1.2, 1.3.
"""

import secrets

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.store import Row, Store

LIFETIME = 7200
OVERLAP = 300
CODE_SECONDS = 300
FORCE_GAP = 30
QUOTA = {
    "token": 2000, "stable_token": 500_000, "force_refresh": 20, "template": 100_000,
    "ticket": 1_000_000, "subscribe": 10_000_000,
}  # fmt: skip


class WechatError(Exception):
    """An answer with `errcode`; HTTP status stays 200."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode, self.errmsg = errcode, errmsg


class Tokens:
    """The service account's. `kinds` of tokens open the API, those of `GET token` and those of
    `stable_token`; any other value is answered with `unknown`. Quotas are counted under `prefix`.
    """

    kinds: tuple[str, ...] = ("token", "stable")
    prefix = ""
    unknown = (40001, "invalid credential, access_token is invalid or not latest")

    def __init__(self, store: Store) -> None:
        self._store = store

    def spend(self, name: str) -> None:
        """Count one call against its daily quota; 45009 when it is used up."""
        if not self._store.spend(clock.today(), f"{self.prefix}{name}", QUOTA[name]):
            raise WechatError(45009, "reach max api daily quota limit")

    def classic(self) -> Row:
        """`GET token`: always a new one; the one before lives five more minutes."""
        self.spend("token")
        return self._replace(self.kinds[0], clock.now() + OVERLAP)

    def stable(self, force: bool) -> Row:
        """`POST stable_token`: the same one until its last five minutes; `force` kills it."""
        self.spend("stable_token")
        now, kind = clock.now(), self.kinds[1]
        newest = self._newest(kind)
        if force:
            if newest and now - newest["issued"] < FORCE_GAP:
                raise WechatError(45011, "api minute-quota reach limit, force_refresh too often")
            self.spend("force_refresh")
            return self._replace(kind, now)
        if newest and newest["expires"] - now > OVERLAP:
            return newest
        return self._replace(kind, now + OVERLAP)

    def ticket(self) -> Row:
        """The JS-SDK ticket, kept like a stable token."""
        newest = self._newest("ticket")
        if newest and newest["expires"] - clock.now() > OVERLAP:
            return newest
        self.spend("ticket")
        return self._replace("ticket", clock.now() + OVERLAP)

    def rotate(self) -> None:
        """Somebody else fetched tokens: every known API token dies now."""
        for kind in self.kinds:
            self._store.do("DELETE FROM tokens WHERE kind = ?", kind)

    def check(self, value: str) -> None:
        """Judge the access_token of an API call: 41001 missing, unknown, 42001 expired."""
        if not value:
            raise WechatError(41001, "access_token missing")
        row = self._store.one("SELECT * FROM tokens WHERE value = ?", value)
        if row is None or row["kind"] not in self.kinds:
            raise WechatError(*self.unknown)
        if row["expires"] <= clock.now():
            raise WechatError(42001, "access_token expired")

    def _newest(self, kind: str) -> Row | None:
        return self._store.one(
            "SELECT * FROM tokens WHERE kind = ? AND expires > ? ORDER BY expires DESC LIMIT 1",
            kind, clock.now(),
        )  # fmt: skip

    def _replace(self, kind: str, old_ends: float) -> Row:
        now = clock.now()
        row = {
            "value": f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}",
            "kind": kind,
            "issued": now,
            "expires": now + LIFETIME,
        }
        with self._store.change():
            self._store.do("DELETE FROM tokens WHERE kind = ? AND expires <= ?", kind, now)
            self._store.do(
                "UPDATE tokens SET expires = min(expires, ?) WHERE kind = ?", old_ends, kind
            )
            self._store.put("tokens", row)
        return row

    def new_code(self, kind: str, openid: str, scope: str) -> str:
        """A single-use code (kind `oauth`, `login`, `phone` or `alipay`) worth five minutes."""
        code = secrets.token_urlsafe(24)
        self._store.put(
            "codes",
            {
                "code": code, "kind": kind, "openid": openid, "scope": scope,
                "expires": clock.now() + CODE_SECONDS, "used": 0,
            },
        )  # fmt: skip
        return code

    def use_code(self, kind: str, code: str) -> Row:
        """Spend a code: 40029 unknown or too old, 40163 used before."""
        row = self._store.one("SELECT * FROM codes WHERE code = ? AND kind = ?", code, kind)
        if row is None or row["expires"] <= clock.now():
            raise WechatError(40029, "invalid code")
        if self._store.do("UPDATE codes SET used = 1 WHERE code = ? AND used = 0", code) == 0:
            raise WechatError(40163, "code been used")
        return row


class MiniTokens(Tokens):
    """The mini-program's: tokens of one application open nothing of another."""

    kinds = ("mini_token", "mini_stable")
    prefix = "mini_"
