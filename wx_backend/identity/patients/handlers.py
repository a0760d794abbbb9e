"""就诊人 over JSON."""

import msgspec

from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.identity.patients import service
from wx_backend.identity.patients.model import (
    AddPerson,
    AlreadyAdded,
    GuardianInUse,
    GuardianNeeded,
    Household,
    Person,
    Reader,
    ReadingForm,
    SelfExists,
    TooManyAdds,
    TooManyPeople,
)


class People(ApiHandler):
    """``GET`` lists the account's people (1 call), ``POST`` adds one."""

    access = ACCOUNT
    api = calls(
        get=Call(does="我的就诊人", answer=Household),
        post=Call(
            does="添加就诊人",
            form=AddPerson,
            answer=Person,
            status=201,
            refuses=(
                *(AlreadyAdded, SelfExists, GuardianNeeded),
                *(TooManyPeople, TooManyAdds, WrongState),
            ),
        ),
    )

    async def get(self) -> None:
        self.answer(await service.household(self.ctx))

    async def post(self) -> None:
        self.answer(await service.add(self.ctx, self.form(AddPerson)), 201)


class One(ApiHandler):
    """``DELETE`` ends the binding."""

    access = ACCOUNT
    api = calls(delete=Call(does="移除就诊人", status=204, refuses=(GuardianInUse, WrongState)))

    async def delete(self, binding_id: str) -> None:
        await service.remove(self.ctx, binding_id)
        self.set_status(204)


class DeskCode(msgspec.Struct, frozen=True):
    """Six digits, good until the end of the day, to read out at the desk."""

    code: str


class Code(ApiHandler):
    """``GET``: what the desk asks for before it verifies this person."""

    access = ACCOUNT
    api = calls(get=Call(does="窗口核验码", answer=DeskCode, refuses=(NotFound,)))

    async def get(self, binding_id: str) -> None:
        self.answer(DeskCode(await service.desk_code(self.ctx, binding_id)))


class Readers(ApiHandler):
    """``GET``: which other accounts act for the person who asks."""

    access = ACCOUNT
    api = calls(get=Call(does="谁在为我代办", answer=Items[Reader], refuses=(NotFound,)))

    async def get(self, binding_id: str) -> None:
        self.answer(Items(await service.readers_of(self.ctx, binding_id)))


class ReadingOf(ApiHandler):
    """``PUT``: the person lets one of them read, or only book and pay."""

    access = ACCOUNT
    api = calls(
        put=Call(
            does="允许或停止他人查看",
            form=ReadingForm,
            status=204,
            refuses=(NotFound, WrongState),
        )
    )

    async def put(self, binding_id: str, other: str) -> None:
        form = self.form(ReadingForm)
        await service.decide_reading(self.ctx, binding_id, other, form)
        self.set_status(204)


class Default(ApiHandler):
    """``PUT`` makes this person the one that is offered first."""

    access = ACCOUNT
    api = calls(put=Call(does="设为默认就诊人", status=204, refuses=(WrongState,)))

    async def put(self, binding_id: str) -> None:
        await service.choose_default(self.ctx, binding_id)
        self.set_status(204)


routes = [
    (r"/api/v1/patients", People),
    (r"/api/v1/patients/(\w+)", One),
    (r"/api/v1/patients/(\w+)/default", Default),
    (r"/api/v1/patients/(\w+)/desk-code", Code),
    (r"/api/v1/patients/(\w+)/readers", Readers),
    (r"/api/v1/patients/(\w+)/readers/(\w+)", ReadingOf),
]
