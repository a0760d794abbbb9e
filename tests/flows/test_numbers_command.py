"""`wx-backend numbers`: looking changes nothing, what is made is made once, a HIS is asked."""

import argparse
from datetime import date, timedelta

import pytest

from booking.timetables import service as timetables
from tests.helpers import his
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.timetables import DOCTOR, OFFICE, cleared, form
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
    await clinic.decides("booking.fee_chief_fen", 6000, "doctor", DOCTOR.id)
    for more, changed in ((("--redo", "--dry-run"), 2), (("--redo",), 2), (("--redo",), 0)):
        assert await command("generate", *until, *more) == 0
        told = capsys.readouterr()
        assert f"调整 changed {changed}, 保留 kept 0" in told.out
        assert f"{day} (5/5)" in told.err
    await clinic.decides("booking.fee_chief_fen", 5000, "doctor", DOCTOR.id)
    assert await command("generate", "--institution", "nobody") == 1


async def test_differences_with_a_his_are_printed_until_they_are_mended(clinic, command, capsys):
    assert await command("diff", "--institution", world.CENTRE.code) == 0
    assert "numbers are ours" in capsys.readouterr().out
    await his.owned_by_his(clinic.hospital)
    [slot] = await clinic.opens(capacity=1)
    await clinic.hold(await clinic.patient(), slot)
    one = ("diff", "--institution", world.HOSPITAL.code, "--date", slot.visit_date)
    assert await command(*one) == 0
    await clinic.ctl("his/forget", lock=(await his.books(clinic))[0]["lock"])
    assert await command(*one) == 1
    assert "here_only" in capsys.readouterr().out
    await clinic.patience(2, minutes=11)
    assert await command(*one) == 0
    await clinic.fault(his.EVERY_CALL, "html")
    assert await command(*one) == 1
    assert "cannot be compared" in capsys.readouterr().out
