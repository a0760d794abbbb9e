"""A member of staff at the console without a screen: signs in with number, password and code."""

from tests.helpers.visitor import Page, Visitor
from wx_backend.base.context import House
from wx_backend.entrypoints.demo import staff
from wx_backend.identity.signin import service as signin


async def code_for(house: House, key: str) -> str:
    """A code of the member's app that was not used yet, however often this is asked."""
    person = staff.BY_KEY[key]
    await house.db.raw("credentials").update_one({"_id": person.id}, {"$set": {"last_step": 0}})
    return signin.app_code(staff.APP, house.wire.now())


class Staffer(Visitor):
    """One browser; ``await Staffer(url, house).enter("tao-hui")`` is signed in."""

    def __init__(self, base: str, house: House):
        super().__init__(base)
        self.house = house

    async def give_password(self, number: str, password: str = staff.PASSWORD) -> Page:
        """The first step; the answer to it."""
        page = await self.get("/console/signin")
        return await self.submit(page.form("/console/signin"), number=number, password=password)

    async def give_code(self, code: str) -> Page:
        """The second step; the answer to it."""
        page = await self.get("/console/signin/code")
        return await self.submit(page.form("/console/signin/code"), code=code)

    async def enter(self, key: str) -> "Staffer":
        """All steps, as one of the demo's staff."""
        first = await self.give_password(staff.BY_KEY[key].number)
        assert first.location == "/console/signin/code", first.text
        second = await self.give_code(await code_for(self.house, key))
        assert second.status == 303, second.text
        return self

    async def act(self, path: str, action: str, **fields: str) -> Page:
        """Fills in and sends a form of a page; the answer to it."""
        page = await self.get(path)
        assert page.status == 200, page.text
        return await self.submit(page.form(action), **fields)
