"""A house with keys, signed-in accounts, and invented people for the identity tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from tests.helpers.houses import bare_house
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.secrets import Vault
from wx_backend.directory.departments import store as departments
from wx_backend.directory.institutions import store as institutions
from wx_backend.directory.settings import store as settings
from wx_backend.identity.accounts import store as accounts
from wx_backend.identity.patients import service, store
from wx_backend.identity.patients.idcard import check_character
from wx_backend.identity.patients.model import AddPerson, Person
from wx_backend.identity.revocations import store as revocations

INST = "ins1"
COLLECTIONS = [
    value
    for module in (institutions, departments, settings, revocations, accounts, store)
    for value in vars(module).values()
    if type(value).__name__ == "Collection"
]
PHONE = "13800138000"


@asynccontextmanager
async def identity_house(mongo_uri: str, **settings: str) -> AsyncIterator[House]:
    async with bare_house(mongo_uri, COLLECTIONS, **settings) as house:
        house.vault = Vault({"v1": b"k" * 32}, b"i" * 32)
        yield house


def signed_in(house: House, account: str = "", inst: str = INST) -> Ctx:
    """A context of an account (a new one unless told)."""
    return house.ctx(inst, Actor("account", account or ids.new("acc")), channel="chn1")


def id_no(born: str, n: int = 0) -> str:
    """A number with a right check character for ``born`` (YYYY-MM-DD); even ``n`` are women."""
    digits = f"990101{born.replace('-', '')}{n:03d}"
    return digits + check_character(digits)


def years_ago(ctx: Ctx, years: int) -> str:
    """The birth date of somebody who is ``years`` old today."""
    today = ctx.today()
    return date(today.year - years, today.month, min(today.day, 28)).isoformat()


def form(number: str, name: str = "王小明", relation: str = "OTHER", **more) -> AddPerson:
    return AddPerson(name=name, id_no=number, phone=PHONE, relation=relation, agreed=True, **more)


async def add_self(ctx: Ctx, name: str = "李建国", n: int = 1) -> Person:
    """The account's own adult."""
    return await service.add(ctx, form(id_no("1984-05-06", n), name, "SELF"))


async def stored(house: House) -> tuple[list[dict], list[dict]]:
    """Every patient and binding, outbox included: what a refusal must leave as it was."""
    return (
        await house.db.raw("patients").find().sort("_id").to_list(None),
        await house.db.raw("bindings").find().sort("_id").to_list(None),
    )
