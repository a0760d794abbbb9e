"""Favourites over JSON."""

import msgspec
from msgspec.structs import asdict

from wx_backend.base.api import Call, calls, shown
from wx_backend.base.errors import NotFound
from wx_backend.base.handler import ACCOUNT, ApiHandler
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.identity.favourites import service
from wx_backend.identity.favourites.model import TooManyFavourites


class KeptShown(msgspec.Struct, frozen=True):
    doctors: list[shown(Doctor)]
    departments: list[shown(Department)]


class Favourites(ApiHandler):
    """``GET``: what the account keeps, newest first (1 call)."""

    access = ACCOUNT
    api = calls(get=Call(does="我的收藏", answer=KeptShown))

    async def get(self) -> None:
        kept = await service.mine(self.ctx)
        self.answer(
            {
                "doctors": [asdict(one) for one in kept.doctors],
                "departments": [asdict(one) for one in kept.departments],
            }
        )


class Favourite(ApiHandler):
    """``PUT`` keeps a doctor or department, ``DELETE`` keeps it no longer; 1 call each."""

    access = ACCOUNT
    api = calls(
        put=Call(does="收藏医生或科室", status=204, refuses=(NotFound, TooManyFavourites)),
        delete=Call(does="取消收藏", status=204),
    )

    async def put(self, kind: str, key: str) -> None:
        await service.add(self.ctx, kind, key)
        self.set_status(204)

    async def delete(self, kind: str, key: str) -> None:
        await service.remove(self.ctx, key)
        self.set_status(204)


routes = [
    (r"/api/v1/favourites", Favourites),
    (r"/api/v1/favourites/(doctor|department)/([a-z0-9]+)", Favourite),
]
