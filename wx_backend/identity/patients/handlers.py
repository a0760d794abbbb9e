"""就诊人 over JSON."""

from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.identity.patients import service
from wx_backend.identity.patients.model import AddPerson


class People(ApiHandler):
    """``GET`` lists the account's people, ``POST`` adds one."""

    access = ACCOUNT

    async def get(self) -> None:
        people = await service.mine(self.ctx)
        self.answer({"items": people, "places_left": await service.places_left(self.ctx)})

    async def post(self) -> None:
        self.answer(await service.add(self.ctx, self.form(AddPerson)), 201)


class One(ApiHandler):
    """``DELETE`` ends the binding."""

    access = ACCOUNT

    async def delete(self, binding_id: str) -> None:
        await service.remove(self.ctx, binding_id)
        self.set_status(204)


class Default(ApiHandler):
    """``PUT`` makes this person the one that is offered first."""

    access = ACCOUNT

    async def put(self, binding_id: str) -> None:
        await service.choose_default(self.ctx, binding_id)
        self.set_status(204)


routes = [
    (r"/api/v1/patients", People),
    (r"/api/v1/patients/(\w+)", One),
    (r"/api/v1/patients/(\w+)/default", Default),
]
