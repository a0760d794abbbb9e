"""核验身份 over JSON, for mini-programs; the pages call the same services."""

from wx_backend.base.api import Call, calls
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.identity.proofs import service
from wx_backend.identity.proofs.model import (
    AttemptShown,
    BeginProof,
    ProofAnswer,
    ProofCodeWrong,
    ProofOver,
    ProofSilent,
    ProofUnavailable,
    ProofUsedUp,
    Proving,
)


class Proof(ApiHandler):
    """``GET``: what may be done to verify this person; ``POST`` has a code sent."""

    access = ACCOUNT
    api = calls(
        get=Call(does="核验状态与可用的核验方式", answer=Proving, refuses=(NotFound,)),
        post=Call(
            does="发送验证码到医院登记的手机号；一分钟内再次请求不会重发",
            form=BeginProof,
            answer=AttemptShown,
            refuses=(
                *(NotFound, WrongState, NoChannel),
                *(ProofUsedUp, ProofUnavailable, ProofSilent),
            ),
        ),
    )

    async def get(self, binding_id: str) -> None:
        self.answer(await service.proving(self.ctx, binding_id))

    async def post(self, binding_id: str) -> None:
        self.answer(await service.begin(self.ctx, binding_id, self.form(BeginProof)))


class Answer(ApiHandler):
    """``POST``: the code; the right one lets the account read about this person."""

    access = ACCOUNT
    api = calls(
        post=Call(
            does="提交验证码",
            form=ProofAnswer,
            status=204,
            refuses=(
                *(NotFound, WrongState, NoChannel),
                *(ProofCodeWrong, ProofOver, ProofSilent),
            ),
        )
    )

    async def post(self, binding_id: str) -> None:
        await service.answer(self.ctx, binding_id, self.form(ProofAnswer))
        self.set_status(204)


routes = [
    (r"/api/v1/patients/(\w+)/proof", Proof),
    (r"/api/v1/patients/(\w+)/proof/answer", Answer),
]
