"""Nobody acts, the laboratory corrects itself, the patient moves: what alerts do about it."""

import asyncio
from datetime import timedelta

import pytest

from notify.critical import escalation, reactions, service, store
from notify.critical.model import Close, ContactForm, Handle, Notify, ReadBack
from tests.helpers.critical import OTHER, Bedside, bedside
from wx_backend.base.sweeper import crank
from wx_backend.directory.settings import service as parameters
from wx_backend.records.reports import events as findings
from wx_backend.records.reports import store as filed

RIGHT = ReadBack(item="K", value="2.6")
DONE = Handle(measures=["RECHECK"])


@pytest.fixture
async def ward(mongo_uri: str):
    async with bedside(mongo_uri) as running:
        yield running


async def climbs(ward: Bedside) -> list[tuple[int, set[str]]]:
    """Rung and members of each escalation."""
    told = await ward.told("escalated")
    return [(one["data"]["rung"], set(one["data"]["members"])) for one in told]


async def test_the_whole_ladder_and_then_again_and_again(ward: Bedside) -> None:
    await ward.raised()
    await ward.later(4.9)
    assert await climbs(ward) == []
    expected = [
        (0.2, (1, {"li", "zhao"})),
        (5, (2, {"sun", "zhou"})),
        (5, (3, {"tang"})),
        (15, (4, {"ma"})),
        (10, (5, {"ma", "tang", "li"})),
        (10, (6, {"ma", "tang", "li"})),
    ]
    for n, (minutes, rung) in enumerate(expected, 1):
        await ward.later(minutes)
        told = await climbs(ward)
        assert (len(told), told[-1]) == (n, rung)
    alert = await ward.alert()
    assert (alert.state, alert.supervised, len(alert.steps)) == ("RAISED", False, 7)
    assert [one.rung for one in alert.steps] == list(range(7))


async def test_timers_go_on_while_nobody_sweeps(ward: Bedside) -> None:
    await ward.raised()
    await ward.later(31)
    assert [rung for rung, _ in await climbs(ward)] == [1, 2, 3, 4]


async def test_a_rung_is_climbed_once_however_many_sweep(ward: Bedside) -> None:
    await ward.raised()
    ward.house.business.offset += timedelta(minutes=6)
    (alert,) = await ward.alerts()
    await asyncio.gather(*(escalation._due(ward.ctx, alert) for _ in range(4)))
    await ward.crank()
    assert [rung for rung, _ in await climbs(ward)] == [1]


async def test_received_but_no_physician(ward: Bedside) -> None:
    await ward.later(0)
    await ward.received()
    await ward.later(4)
    assert await climbs(ward) == []
    await ward.later(2)
    assert await climbs(ward) == [(1, {"li", "zhao"})]
    assert (await ward.told("escalated"))[0]["data"]["state"] == "RECEIVED"
    await ward.later(5)
    assert [rung for rung, _ in await climbs(ward)] == [1, 2]
    alert = await ward.alert()
    told = Notify(physician="li", how="PHONE")
    await service.notify_physician(ward.acting("zhao"), alert.id, alert.version, told)
    await ward.later(29)
    assert len(await climbs(ward)) == 2
    await ward.later(2)
    assert [rung for rung, _ in await climbs(ward)] == [1, 2, 3]


async def test_handled_but_not_in_the_course_of_disease(ward: Bedside) -> None:
    alert = await ward.received("li")
    await service.handle(ward.acting("li"), alert.id, 2, DONE)
    await ward.later(359)
    assert await ward.tasks("critical_note") == []
    await ward.later(2)
    (task,) = await ward.tasks("critical_note")
    assert (task["person"], task["state"]) == ("li", "OPEN")
    assert (await ward.alert()).due_at is None
    await service.close(ward.acting("li"), alert.id, 3, Close(note="病程"))
    await ward.crank()
    (task,) = await ward.tasks("critical_note")
    assert task["state"] == "DONE"
    assert await climbs(ward) == []


async def test_the_quality_office_s_task_ends_when_somebody_receives(ward: Bedside) -> None:
    await ward.off_duty("duty_nurse")
    alert = await ward.raised()
    assert (await ward.tasks("critical_nobody"))[0]["state"] == "OPEN"
    await service.receive(ward.acting("li"), alert.id, 1, RIGHT)
    await ward.crank()
    assert (await ward.tasks("critical_nobody"))[0]["state"] == "DONE"


async def test_a_shift_that_has_changed_since(ward: Bedside) -> None:
    await ward.raised()
    await ward.off_duty("duty_doctor")
    await ward.later(6)
    alert = await ward.alert()
    assert "duty_doctor:nobody_on_duty" in alert.gaps
    assert (alert.rung, alert.supervised) == (2, True)


async def test_the_hospital_s_own_minutes(ward: Bedside) -> None:
    proposer, decider = ward.acting("ma"), ward.acting("liang")
    for name, value in (("critical.receive_minutes", 3), ("critical.handle_minutes", 20)):
        draft = await parameters.propose(proposer, name, value, "clinic_type", "INPATIENT")
        await parameters.approve(decider, draft.id)
    alert = await ward.raised()
    assert (alert.limits.receive, alert.limits.handle, alert.limits.rungs) == (
        3, 20, (0, 3, 10, 15, 30),
    )  # fmt: skip
    await ward.later(3.1)
    assert [rung for rung, _ in await climbs(ward)] == [1]


# --- corrections --------------------------------------------------------------------------------


async def test_a_correction_recalls_and_tells_whoever_was_told(ward: Bedside) -> None:
    await ward.received()
    await ward.reports("4.1", status="C")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.state, alert.open, alert.replaced_by) == ("RECALLED", False, "")
    (told,) = await ward.told("recalled")
    assert set(told["data"]["members"]) == {"zhou", "li", "zhao"}
    await ward.later(60)
    assert await climbs(ward) == []


async def test_a_correction_that_is_critical_again_replaces(ward: Bedside) -> None:
    await ward.raised()
    await ward.reports("2.4", status="C")
    await ward.crank()
    old, new = await ward.alerts()
    assert (old.state, old.replaced_by, new.state, new.value) == (
        "RECALLED", new.id, "RAISED", "2.4",
    )  # fmt: skip
    assert (await ward.told("recalled"))[0]["data"]["replaced_by"] == new.id


async def test_who_has_the_former_value_in_hand_hears_of_the_new_one(ward: Bedside) -> None:
    alert = await ward.received()
    told = Notify(physician="icu", how="PHONE")
    await service.notify_physician(ward.acting("zhao"), alert.id, 2, told)
    await ward.reports("2.4", status="C")
    await ward.crank()
    _, new = await ward.alerts()
    assert [one.seat for one in new.told if one.member == "icu"] == ["in_charge"]


async def test_a_withdrawn_result_is_recalled(ward: Bedside) -> None:
    await ward.raised()
    await ward.reports("2.6", status="W")
    await ward.crank()
    assert (await ward.alert()).state == "RECALLED"


async def test_what_turns_out_to_be_somebody_elses_is_taken_back_and_raised_anew(
    ward: Bedside,
) -> None:
    first = await ward.raised()
    await ward.reports(mrn="M2", visit="V2", ward=OTHER)
    await ward.crank()
    before, now = await ward.alerts()
    assert (before.id, before.state, before.replaced_by) == (first.id, "RECALLED", now.id)
    assert (now.state, now.value, now.ward) == ("RAISED", first.value, OTHER)
    assert now.chart != first.chart and {"icu", "wang"} <= set(now.members)
    assert set(first.members) <= set((await ward.told("recalled"))[0]["data"]["members"])


async def test_a_correction_that_cannot_be_judged_takes_nothing_back(ward: Bedside) -> None:
    await ward.raised()
    await ward.reports("2.4", unit="", status="C")
    await ward.crank()
    assert (await ward.alert()).state == "RAISED"
    assert len(await ward.tasks("lab_review")) == 1
    await ward.reports("4.1", status="C")
    await ward.crank()
    assert (await ward.alert()).state == "RECALLED"


async def test_who_closed_it_hears_of_a_late_correction(ward: Bedside) -> None:
    alert = await ward.received("li")
    await service.handle(ward.acting("li"), alert.id, 2, DONE)
    await service.close(ward.acting("li"), alert.id, 3, Close(note="病程"))
    await ward.reports("4.1", status="C")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.state, alert.recalled is not None) == ("CLOSED", True)
    (told,) = await ward.told("recalled")
    assert "li" in told["data"]["members"]


async def _versions(ward: Bedside, *values: str) -> list:
    """The events of a report's versions, carried to nobody yet."""
    await ward.moves()
    for value in values:
        await ward.reports(value)
    (doc,) = await ward.ctx.db(filed.REPORTS).outboxes(10)
    urgent = [one for one in doc["outbox"] if one["type"] == findings.CRITICAL_FOUND.name]
    return [ward.heard(one) for one in urgent]


async def _hear(ward: Bedside, *heard) -> None:
    for event in heard:
        await reactions.raise_alerts(ward.ctx, event)


async def test_an_older_version_that_comes_late_brings_nothing_back(ward: Bedside) -> None:
    first, corrected = await _versions(ward, "2.6", "4.1")
    await _hear(ward, corrected, first, corrected, first)
    alert = await ward.alert()
    assert (alert.state, alert.told) == ("RECALLED", ())
    await ward.crank()
    assert await ward.told("raised") == []
    assert (await ward.told("recalled"))[0]["data"]["members"] == []


async def test_of_two_critical_versions_in_any_order_the_newer_one_stands(ward: Bedside) -> None:
    first, second = await _versions(ward, "2.6", "2.4")
    await _hear(ward, second, first, second)
    old, new = await ward.alerts()
    assert (old.state, new.state, new.value) == ("RECALLED", "RAISED", "2.4")


async def test_versions_heard_at_the_same_time(ward: Bedside) -> None:
    first, corrected = await _versions(ward, "2.6", "4.1")
    await asyncio.gather(*(_hear(ward, one) for one in (first, corrected, first, corrected)))
    assert (await ward.alert()).state == "RECALLED"


async def test_critical_wrong_critical_again(ward: Bedside) -> None:
    heard = await _versions(ward, "2.6", "4.1", "2.5")
    await _hear(ward, heard[2], heard[0], heard[1])
    found = await ward.alerts()
    assert [one.value for one in found if one.open] == ["2.5"]


# --- first only ---------------------------------------------------------------------------------

TROPONIN = {"item": "TNI", "code": "89579-7", "unit": "ng/L", "flags": ("HH",)}


async def test_only_the_first_is_for_everybody_where_the_hospital_says_so(ward: Bedside) -> None:
    draft = await parameters.propose(ward.acting("ma"), "critical.first_only_for_a", 1, "hospital")
    await parameters.approve(ward.acting("liang"), draft.id)
    alert = await ward.received("li", value="900", **TROPONIN)
    await ward.reports("1200", filler="S2", **TROPONIN)
    await ward.crank()
    again = next(one for one in await ward.alerts() if one.id != alert.id)
    assert (again.known, again.members, again.rung) == (alert.id, ("li",), -1)
    assert again.id in [one.id for one in await service.board(ward.acting("liang"))]
    await ward.later(29)
    assert [one["data"]["alert"] for one in await ward.told("escalated")] == []
    await ward.later(2)
    (again,) = [one for one in await ward.alerts() if one.id == again.id]
    assert (again.rung, {"zhou", "li", "zhao"} <= set(again.members)) == (0, True)
    await ward.later(5)
    (again,) = [one for one in await ward.alerts() if one.id == again.id]
    assert again.rung == 1


async def test_by_default_what_is_immediate_is_told_to_everybody_again(ward: Bedside) -> None:
    alert = await ward.received("li", value="900", **TROPONIN)
    await ward.reports("1200", filler="S2", **TROPONIN)
    await ward.crank()
    again = next(one for one in await ward.alerts() if one.id != alert.id)
    assert (again.known, len(again.members)) == ("", 3)


# --- the patient moves --------------------------------------------------------------------------


async def test_a_transfer_tells_the_new_ward(ward: Bedside) -> None:
    alert = await ward.raised()
    await ward.moves("TRANSFERRED", ward=OTHER, bed="3", attending="D03")
    await ward.crank()
    moved = await ward.alert()
    assert (moved.state, moved.ward, moved.bed, moved.attending.code) == (
        "RAISED", OTHER, "3", "D03",
    )  # fmt: skip
    assert moved.due_at == alert.due_at
    (told,) = await ward.told("transferred")
    assert set(told["data"]["members"]) == {"icu", "wang"}
    nurse = ward.acting("wang")
    assert (await service.receive(nurse, alert.id, 1, RIGHT)).received.member == "wang"


async def test_a_transfer_to_where_nobody_is_on_duty(ward: Bedside) -> None:
    await ward.raised()
    await ward.moves("TRANSFERRED", ward="空病区", bed="1")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.supervised, "liang" in alert.members) == (True, True)
    assert len(await ward.tasks("critical_nobody")) == 1


async def test_another_bed_tells_nobody(ward: Bedside) -> None:
    await ward.raised()
    await ward.moves("UPDATED", bed="15")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.bed, len(alert.told)) == ("15", 3)


async def test_an_admission_that_comes_after_its_report(ward: Bedside) -> None:
    await ward.reports()
    await ward.crank()
    assert (await ward.alert()).gaps[0] == "encounter:unknown"
    await ward.moves()
    await ward.crank()
    alert = await ward.alert()
    assert (alert.ward, alert.encounter != "") == ("心内科病区", True)
    assert {"li", "zhao"} <= set(alert.members)


async def test_the_news_of_a_move_again_and_again(ward: Bedside) -> None:
    await ward.raised()
    await ward.moves("TRANSFERRED", ward=OTHER, bed="3")
    await ward.crank()
    steps = (await ward.alert()).steps
    (doc,) = await ward.ctx.db(store.ALERTS).find()
    await ward.moves("UPDATED", ward=OTHER, bed="3")
    await ward.crank()
    assert (await ward.alert()).steps == steps
    assert doc["version"] == (await ward.alert()).version


# --- outpatients --------------------------------------------------------------------------------


async def test_the_outpatient_ladder(ward: Bedside) -> None:
    await ward.moves("REGISTERED", ward="心内科门诊", kind="O")
    await ward.reports()
    await ward.crank()
    for minutes in (5.1, 5, 5, 15):
        await ward.later(minutes)
    seats = {one.seat: one.rung for one in (await ward.alert()).told}
    assert seats == {
        "orderer": 0,
        "quality_office": 2,
        "outpatient_office": 2,
        "director": 3,
        "medical_affairs": 4,
    }
    assert [rung for rung, _ in await climbs(ward)] == [2, 3, 4]


async def test_an_unreached_outpatient_stays_under_the_clock(ward: Bedside) -> None:
    await ward.moves("REGISTERED", ward="心内科门诊", kind="O")
    await ward.reports()
    await ward.crank()
    alert = await ward.alert()
    doctor = ward.acting("zhou")
    received = await service.receive(doctor, alert.id, 1, RIGHT)
    tried = ContactForm(outcome="UNREACHED", how="PHONE")
    after = await service.contact(doctor, alert.id, 2, tried)
    assert after.due_at == received.due_at
    await ward.later(61)
    assert len(await climbs(ward)) >= 1


async def test_without_any_broker_the_sweeps_do_it_all(ward: Bedside) -> None:
    assert ward.house.settings.broker_url == ""
    await ward.raised()
    ward.house.business.offset += timedelta(minutes=6)
    await crank(ward.house, service.sweeps)
    assert (await ward.alert()).rung == 1
