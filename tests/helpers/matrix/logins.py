"""Cases of where an account is signed in."""

from datetime import timedelta

from tests.helpers.matrix.cases import Case, at
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.identity.accounts import store
from wx_backend.identity.accounts.devices import Login

ID = r"([a-z0-9]{5,40})"
API = "/api/v1/account/sessions"
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


CASES: dict[str, Case] = {
    f"GET {API}": at(API),
    rf"DELETE {API}/(\w+)": _ends(f"{API}/{{}}"),
    f"GET {PAGE}": at(PAGE),
    f"GET {PAGE}/devices": at(f"{PAGE}/devices"),
    f"POST {PAGE}/devices/{ID}/end": _ends(f"{PAGE}/devices/{{}}/end"),
}
ELSEWHERE: dict[str, str] = dict.fromkeys(
    (f"POST {API}/end-others", f"POST {PAGE}/devices/end-others"),
    "tests/flows/test_identity_devices.py",
)
"""They end the sessions of the other columns."""
