"""注销账号 over JSON."""

from wx_backend.base.api import Call, calls
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.entrypoints.rights import closing
from wx_backend.entrypoints.rights.model import AskToClose, Closing, StandsInTheWay


class ClosingOf(ApiHandler):
    """``GET``: what stands in the way, and whether it was asked for; ``POST`` asks for it,
    ``DELETE`` withdraws that.
    """

    access = ACCOUNT
    api = calls(
        get=Call(does="注销账号：当前情况", answer=Closing),
        post=Call(
            does="申请注销账号",
            form=AskToClose,
            answer=Closing,
            status=201,
            refuses=(StandsInTheWay, NotFound, WrongState),
        ),
        delete=Call(does="撤销注销申请", status=204, refuses=(NotFound, WrongState)),
    )

    async def get(self) -> None:
        self.answer(await closing.standing(self.ctx))

    async def post(self) -> None:
        self.answer(await closing.ask(self.ctx, self.form(AskToClose)), 201)

    async def delete(self) -> None:
        await closing.withdraw(self.ctx)
        self.set_status(204)


routes = [(r"/api/v1/account/closing", ClosingOf)]
