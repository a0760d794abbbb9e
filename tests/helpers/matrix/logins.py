"""Cases of an account itself: where it is signed in, and that it is to be closed."""

from datetime import timedelta

from tests.helpers.matrix.cases import Case, at, sends
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.accounts import store
from wx_backend.identity.accounts.devices import Login

ID = r"([a-z0-9]{5,40})"
API = "/api/v1/account/sessions"
API_CLOSE = "/api/v1/account/closing"
PAGE = "/h5/account"


def _ends(path: str) -> Case:
    """One session of the caller's own."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        now = stage.ctx.wire_now()
        login = Login(
            id=ids.new("ses"),
            account=caller.id,
            channel="chnmatrix",
            platform="wechat_mini",
            kind="iphone",
            since=now,
            used=now,
            until=now + timedelta(days=1),
            epoch=1,
        )
        await store.add_login(stage.ctx, login)
        return Ask(path.format(login.id))

    return Case(make, mine=True)


def _withdraws(path: str) -> Case:
    """The caller has asked that the account be closed."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        ctx = stage.as_account(caller)
        await accounts.ask_to_close(ctx, caller.id, ctx.now() + timedelta(days=1))
        return Ask(path)

    return Case(make, mine=True)


async def _agree(stage: Stage, caller: Caller) -> Ask:
    return Ask(f"{PAGE}/close", fields={"agreed": "1"})


CASES: dict[str, Case] = {
    f"GET {API}": at(API),
    rf"DELETE {API}/(\w+)": _ends(f"{API}/{{}}"),
    f"GET {API_CLOSE}": at(API_CLOSE),
    f"POST {API_CLOSE}": sends(API_CLOSE, agreed=True),
    f"DELETE {API_CLOSE}": _withdraws(API_CLOSE),
    f"GET {PAGE}": at(PAGE),
    f"GET {PAGE}/devices": at(f"{PAGE}/devices"),
    f"POST {PAGE}/devices/{ID}/end": _ends(f"{PAGE}/devices/{{}}/end"),
    f"GET {PAGE}/close": at(f"{PAGE}/close"),
    f"POST {PAGE}/close": Case(_agree),
    f"POST {PAGE}/close/withdraw": _withdraws(f"{PAGE}/close/withdraw"),
}
ELSEWHERE: dict[str, str] = dict.fromkeys(
    (f"POST {API}/end-others", f"POST {PAGE}/devices/end-others"),
    "tests/flows/test_identity_devices.py",
)
"""They end the sessions of the other columns."""
