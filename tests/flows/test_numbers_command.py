"""`wx-backend numbers`: looking changes nothing; what is made is made once."""

import argparse
from datetime import date, timedelta

import pytest

from booking.timetables import service as timetables
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.timetables import OFFICE, cleared, form
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.cli import numbers
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(shared_clinic):
    await cleared(shared_clinic)
    yield shared_clinic


@pytest.fixture
def command(clinic, monkeypatch):
    """Runs it on the clinic's database; its exit code."""
    monkeypatch.setattr(wiring, "build", lambda settings: clinic.house)
    monkeypatch.setattr(wiring, "close", lambda house: None)
    monkeypatch.setattr(numbers.settings, "load", lambda: clinic.house.settings)

    async def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        numbers.configure(parser)
        return await numbers._run(parser.parse_args(words))

    return run


async def test_seen_then_made_once(clinic, command, capsys):
    ctx = clinic.hospital.ctx().acting_as(OFFICE)
    day: date = ctx.today() + timedelta(days=4)
    await timetables.add_template(ctx, form(day))
    until = ("--until", day.isoformat(), "--institution", world.HOSPITAL.code)
    for action, new in (("preview", 2), ("generate", 2), ("generate", 0)):
        assert await command(action, *until) == 0
        assert f"新增 new {new}, 调整 changed 0, 保留 kept 0" in capsys.readouterr().out
    assert len(await timetables.schedules(ctx, day, day)) == 1
    assert await command("generate", "--institution", "nobody") == 1
