"""Cases of the pages about a service account: its menu and its codes."""

from tests.helpers.matrix.cases import Ask, Case
from tests.helpers.matrix.stage import UNIT, Caller, Stage
from wx_backend.directory.institutions import service as institutions


def account(page: str, of: str = "institution", **fields: str) -> Case:
    """A page of the hospital's service account; ``fields`` are what its form sends."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        channel = await institutions.channel_for(stage.ctx, "wechat")
        path = f"/console/channels/{channel.id}/{page}"
        return Ask(path, fields=fields or None, objects=(channel.id,))

    return Case(make, of=of)


MENU = '{"button": [{"name": "挂号", "type": "view", "url": "/h5/"}]}'


def code() -> Case:
    """Makes a department's code."""
    return account("codes", kind="u", key=UNIT)
