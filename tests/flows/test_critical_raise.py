"""From a laboratory report to the people who must act, and never to nobody."""

from datetime import timedelta

import pytest

from notify.critical import service
from notify.critical.events import RAISED
from notify.critical.raising import raise_alerts
from notify.relay.store import DELIVERIES
from tests.helpers.critical import OTHER, WARD, Bedside, bedside
from wx_backend.base.errors import Invalid
from wx_backend.gateways.lis.port import Result
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import DutyForm, ward_place
from wx_backend.identity.worklist import service as worklist


@pytest.fixture
async def ward(mongo_uri: str):
    async with bedside(mongo_uri) as running:
        yield running


async def told(ward: Bedside) -> set[str]:
    return set((await ward.alert()).members)


async def test_a_critical_result_goes_to_those_at_the_bedside(ward: Bedside) -> None:
    alert = await ward.raised()
    assert (alert.state, alert.area, alert.ward, alert.bed) == (
        "RAISED", "INPATIENT", "心内科病区", "12",
    )  # fmt: skip
    assert (alert.name, alert.value, alert.direction, alert.severity) == ("钾", "2.6", "LOW", "A")
    assert set(alert.members) == {"zhou", "li", "zhao"}
    assert (alert.supervised, alert.gaps, alert.rung) == (False, (), 0)
    assert (alert.due_at - alert.raised_at).total_seconds() == 300
    (event,) = await ward.told("raised")
    assert event["data"].keys() == RAISED.example.keys()
    assert event["data"]["patient"] == "王*某"
    assert "王某某" not in str(event)
    assert await ward.tasks("critical_nobody") == []


async def test_the_same_report_again_is_the_same_alert(ward: Bedside) -> None:
    first = await ward.raised()
    assert len(first.steps) == 1
    await ward.reports()
    await ward.crank()
    assert (await ward.alert()).steps == first.steps


async def test_an_hour_of_the_laboratory_at_once_newest_first_and_twice(ward: Bedside) -> None:
    """Two are corrected before anybody hears of them, and one is after that."""
    await ward.moves()
    said = [ward.says(filler=f"S{n}") for n in range(6)]
    backlog = [*said, *(ward.says("4.2", status="C", filler=f"S{n}") for n in range(2))][::-1]
    late = ward.says("4.3", status="C", filler="S5")
    critical = dict.fromkeys(("S2", "S3", "S4", "S5"), "RAISED")
    for given, states in ((backlog, critical), ([late], {**critical, "S5": "RECALLED"})):
        await ward.hears(*given, *backlog)
        await ward.crank()
        assert {one.lis_id: one.state for one in await ward.alerts()} == states
        assert len(await ward.alerts()) == len(await ward.told("raised")) == 4
    assert len(await ward.told("recalled")) == 1


async def test_two_results_of_one_report_are_two_alerts(ward: Bedside) -> None:
    sodium = Result(
        key="NA", code="NA", name="钠", kind="NM", value="110", loinc="2951-2", unit="mmol/L"
    )
    await ward.moves()
    await ward.reports(more=(sodium,))
    await ward.crank()
    assert {one.item for one in await ward.alerts()} == {"K", "NA"}


async def test_a_patient_nobody_knows_goes_up_at_once(ward: Bedside) -> None:
    await ward.reports(mrn="", visit="", orderer="", ward="")
    await ward.crank()
    alert = await ward.alert()
    assert alert.supervised
    assert "patient:unknown" in alert.gaps
    assert {"ma", "liang"} <= set(alert.members)
    assert alert.rung == 4
    (task,) = await ward.tasks("critical_nobody")
    assert (task["roles"], task["priority"]) == (["quality_office"], 1)


async def test_without_an_encounter_the_message_says_where(ward: Bedside) -> None:
    await ward.reports(ward="心内科病区")
    await ward.crank()
    alert = await ward.alert()
    assert alert.gaps == ("encounter:unknown",)
    assert {"zhou", "li", "zhao", "liang"} <= set(alert.members)
    assert (alert.supervised, alert.rung) == (True, 1)


@pytest.mark.parametrize(
    ("off", "rung", "reached"),
    [
        (("duty_nurse",), 2, {"zhou", "li", "sun", "liang"}),
        (("duty_doctor", "duty_nurse", "head_nurse"), 3, {"zhou", "tang", "liang"}),
        (("duty_doctor", "duty_nurse", "head_nurse", "director"), 4, {"zhou", "ma", "liang"}),
    ],
)
async def test_nobody_on_duty_climbs_in_the_same_step(ward, off, rung, reached) -> None:
    await ward.off_duty(*off)
    alert = await ward.raised()
    assert set(alert.members) == reached
    assert (alert.rung, alert.supervised, len(alert.steps)) == (rung, True, 1)
    assert all(f"{seat}:nobody_on_duty" in alert.gaps for seat in off)
    assert len(await ward.tasks("critical_nobody")) == 1


async def test_when_every_rung_is_empty_both_offices_hear_of_it(ward: Bedside) -> None:
    await ward.off_duty(
        *("duty_doctor", "duty_nurse", "head_nurse", "director", "medical_affairs"),
        "quality_office",
    )
    for key in ("zhou", "ma"):
        await ward.change_member(key, state="LEFT", wecom="")
    alert = await ward.raised()
    assert set(alert.members) == {"liang"}
    assert "medical_affairs:nobody_on_duty" in alert.gaps
    (task,) = await ward.tasks("critical_nobody")
    assert task["state"] == "OPEN"


async def test_a_doctor_who_has_left(ward: Bedside) -> None:
    await ward.change_member("zhou", state="LEFT")
    alert = await ward.raised()
    assert "orderer:left" in alert.gaps
    assert set(alert.members) == {"li", "zhao", "liang"}
    assert (alert.rung, alert.supervised) == (1, True)


async def test_an_orderer_whom_nobody_knows(ward: Bedside) -> None:
    alert = await ward.raised(orderer="X99")
    assert "orderer:unknown" in alert.gaps
    assert alert.supervised


async def test_on_duty_without_the_right_to_act_is_nobody(ward: Bedside) -> None:
    await ward.change_member("zhao", roles=("finance",))
    alert = await ward.raised()
    assert "duty_nurse:no_role" in alert.gaps
    assert "zhao" not in alert.members
    assert {"sun", "liang"} <= set(alert.members)
    planned = DutyForm(
        place=ward_place(WARD),
        duty="duty_nurse",
        member="zhao",
        starts_at=ward.ctx.now(),
        ends_at=ward.ctx.now() + timedelta(hours=8),
    )
    with pytest.raises(Invalid) as refused:
        await rosters.plan(ward.ctx, planned)
    assert "角色" in refused.value.data["fields"]["member"]


async def test_a_member_without_wecom_is_told_and_gone_past(ward: Bedside) -> None:
    await ward.change_member("zhao", wecom="")
    alert = await ward.raised()
    assert "duty_nurse:no_wecom" in alert.gaps
    assert {"zhao", "sun", "liang"} <= set(alert.members)
    (nurse,) = [one for one in alert.told if one.member == "zhao"]
    assert (nurse.reached, nurse.reason) == (False, "no_wecom")


async def test_a_message_that_does_not_arrive_climbs_at_once(ward: Bedside) -> None:
    await ward.raised()
    (event,) = await ward.told("raised")
    heard = ward.heard(event)
    for _ in range(2):
        await service.unreached(ward.ctx, heard, "zhao", "user_not_found")
        await ward.crank()
    alert = await ward.alert()
    assert (alert.rung, alert.supervised) == (1, True)
    assert "duty_nurse:user_not_found" in alert.gaps
    assert "liang" in alert.members
    assert [one["data"]["nobody"] for one in await ward.told("escalated")] == [True]
    assert len(await ward.tasks("critical_nobody")) == 1


async def test_where_no_message_arrives_at_all_the_ladder_ends_at_its_top(ward: Bedside) -> None:
    await ward.raised()
    heard: set[str] = set()
    for _ in range(20):
        fresh = [one for one in await ward.told() if one["id"] not in heard]
        for event in fresh:
            heard.add(event["id"])
            for member in event["data"]["members"]:
                await service.unreached(ward.ctx, ward.heard(event), member, "no_channel")
        await ward.crank()
    alert = await ward.alert()
    assert alert.rung == 4
    assert {one.reached for one in alert.told} == {False}
    assert (await ward.tasks("critical_nobody"))[0]["state"] == "OPEN"
    await ward.later(31)
    assert (await ward.alert()).rung == 5


async def test_a_message_that_does_not_arrive_after_somebody_has_received(ward: Bedside) -> None:
    await ward.received()
    (event,) = await ward.told("raised")
    await service.unreached(ward.ctx, ward.heard(event), "zhou", "timeout")
    alert = await ward.alert()
    assert (alert.rung, alert.supervised, alert.state) == (0, False, "RECEIVED")
    assert [one.reached for one in alert.told if one.member == "zhou"] == [False]


async def test_what_cannot_be_judged_is_a_task_for_the_laboratory(ward: Bedside) -> None:
    await ward.moves()
    await ward.reports(value="9", unit="")
    await ward.crank()
    assert await ward.alerts() == []
    (task,) = await ward.tasks("lab_review")
    assert task["roles"] == ["laboratory"]
    assert "缺少单位" in task["about"]
    ward.house.business.offset += worklist.KINDS["lab_review"].within
    await worklist.escalate_due(ward.house.ctx(None))
    (task,) = await ward.tasks("lab_review")
    assert "quality_office" in task["roles"]


async def test_old_news_does_not_reopen_what_the_laboratory_has_done(ward: Bedside) -> None:
    await ward.moves()
    await ward.reports(value="9", unit="")
    await ward.crank()
    (task,) = await ward.tasks("lab_review")
    technician = ward.acting("lab")
    taken = await worklist.take(technician, task["_id"], task["version"])
    await worklist.finish(technician, taken.id, taken.version, "已联系仪器室")
    docs = await ward.ctx.db(DELIVERIES).find({"event.type": "report.critical_found"})
    await raise_alerts(ward.ctx, ward.heard(docs[0]["event"]))
    await ward.reports(value="9", unit="")
    await ward.crank()
    assert [one["state"] for one in await ward.tasks("lab_review")] == ["DONE"]
    await ward.reports(value="9.1", unit="")
    await ward.crank()
    assert sorted(one["state"] for one in await ward.tasks("lab_review")) == ["DONE", "OPEN"]


async def test_a_recall_that_does_not_arrive_goes_to_the_next_rung(ward: Bedside) -> None:
    await ward.received()
    await ward.reports("4.2", status="C")
    await ward.crank()
    (event,) = await ward.told("recalled")
    for _ in range(2):
        await service.recall_unreached(ward.ctx, ward.heard(event), "zhao", "send_refused")
        await ward.crank()
    alert = await ward.alert()
    assert (alert.state, alert.unheard) == ("RECALLED", ("zhao",))
    (said,) = await ward.told("recall_unheard")
    assert {"li", "liang"} <= set(said["data"]["members"])
    (task,) = await ward.tasks("critical_recall")
    assert (task["roles"], task["state"]) == (["quality_office"], "OPEN")
    for _ in range(9):  # nobody can be told at all
        for heard in await ward.told("recall_unheard"):
            for member in heard["data"]["members"]:
                await service.recall_unreached(ward.ctx, ward.heard(heard), member, "send_refused")
        await ward.crank()
    unheard = (await ward.alert()).unheard
    assert {"zhao", "sun", "tang", "ma", "liang"} <= set(unheard)
    assert len(unheard) == len(set(unheard)) == len(await ward.tasks("critical_recall"))


async def test_an_alert_that_the_laboratory_should_look_at_too(ward: Bedside) -> None:
    alert = await ward.raised(value="4.1", flags=("LL",))
    assert (alert.review, "DISAGREES" in alert.why) == (True, True)
    assert len(await ward.tasks("lab_review")) == 1


async def test_a_patient_who_has_moved_since_the_order(ward: Bedside) -> None:
    await ward.moves()
    await ward.moves("TRANSFERRED", ward=OTHER, bed="3", attending="D03")
    await ward.reports(ward="心内科病区")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.ward, alert.bed) == (OTHER, "3")
    assert {"icu", "wang", "zhou"} <= set(alert.members)


async def test_an_outpatient_goes_to_the_ordering_doctor_first(ward: Bedside) -> None:
    await ward.moves("REGISTERED", ward="心内科门诊", kind="O")
    await ward.reports()
    await ward.crank()
    alert = await ward.alert()
    assert (alert.area, set(alert.members), alert.limits.handle) == ("OUTPATIENT", {"zhou"}, 60)


async def test_an_outpatient_of_whom_the_his_has_said_nothing(ward: Bedside) -> None:
    await ward.reports(kind="O")
    await ward.crank()
    alert = await ward.alert()
    assert (alert.area, alert.away, alert.limits.handle) == ("OUTPATIENT", True, 60)
    assert "encounter:unknown" in alert.gaps and "zhou" in alert.members


async def test_somebody_who_has_gone_home_is_an_outpatient(ward: Bedside) -> None:
    await ward.moves()
    await ward.moves("DISCHARGED")
    await ward.reports()
    await ward.crank()
    assert (await ward.alert()).area == "OUTPATIENT"


async def test_a_check_up(ward: Bedside) -> None:
    await ward.moves("REGISTERED", ward="体检中心", kind="O")
    await ward.reports()
    await ward.crank()
    assert (await ward.alert()).area == "CHECKUP"
