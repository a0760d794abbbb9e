"""The story through the pages, as a browser without JavaScript takes it."""

from collections.abc import AsyncIterator

import pytest

from tests.helpers.hospital import Hospital
from tests.helpers.visitor import WECHAT, Page, Visitor


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


async def choose(visitor: Visitor) -> Page:
    """From the first page to the question who a slot is for."""
    home = await visitor.follow(await visitor.get("/"))
    units = await visitor.get(home.link("/h5/departments"))
    doctors = await visitor.get(units.link("/h5/departments/"))
    times = await visitor.get(doctors.link("/h5/doctors/"))
    form = times.form("/h5/book")
    return await visitor.submit(form, slot=form.offered["slot"][-1])


async def test_story(hospital: Hospital) -> None:
    async with await hospital.client("li-jianguo", WECHAT) as visitor:
        book = await choose(visitor)
        assert "给谁看病" in book.text
        form = book.form("/h5/book")
        pay = await visitor.follow(await visitor.submit(form))
        print(pay.text)
        launch = await visitor.submit(pay.form("/h5/"))
        assert launch.status == 200
        print(launch.html)
