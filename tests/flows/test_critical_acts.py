"""Reading back, telling the physician, handling, closing: who may, in which order, and races."""

import asyncio

import msgspec
import pytest

from notify.critical import service
from notify.critical.model import (
    Close,
    ContactFirst,
    ContactForm,
    Handle,
    NoSuchPhysician,
    Notify,
    ReadBack,
    ReadBackLocked,
    ReadBackWrong,
    Refute,
)
from notify.messages.model import Answer
from tests.helpers.critical import INST, Bedside, bedside
from wx_backend.base import audit
from wx_backend.base.errors import Forbidden, Invalid, NotFound, WrongState
from wx_backend.base.live import service as live
from wx_backend.gateways.lis.port import Result
from wx_backend.records.reports import service as reports

RIGHT = ReadBack(item="K", value="2.6")
DONE = Handle(measures=["MEDICATION", "RECHECK"], note="静脉补钾")


@pytest.fixture
async def ward(mongo_uri: str):
    async with bedside(mongo_uri) as running:
        yield running


async def audited(ward: Bedside) -> list[str]:
    docs = await ward.ctx.db(audit.RECORDS).month(ward.ctx.wire_now()).find()
    return [doc["action"] for doc in docs if doc["action"].startswith("critical:")]


async def test_the_whole_chain(ward: Bedside) -> None:
    alert = await ward.raised()
    key = alert.id
    nurse, doctor = ward.acting("zhao"), ward.acting("zhou")
    alert = await service.receive(nurse, key, 1, RIGHT, "WeCom")
    assert (alert.state, alert.received.member, alert.received.role) == ("RECEIVED", "zhao", "护士")
    assert alert.received.device == "WeCom"
    alert = await service.notify_physician(nurse, key, 2, Notify(physician="zhou", how="PHONE"))
    assert (alert.state, alert.physician.member) == ("PHYSICIAN_NOTIFIED", "zhou")
    assert (alert.physician.by, alert.physician.how) == ("员工zhao", "PHONE")
    alert = await service.handle(doctor, key, 3, DONE)
    assert (alert.state, alert.handled.measures) == ("HANDLED", ("MEDICATION", "RECHECK"))
    alert = await service.close(doctor, key, 4, Close(note="病程 2026-11-24"))
    assert (alert.state, alert.open, alert.due_at) == ("CLOSED", False, None)
    await ward.crank()
    assert [one.action for one in alert.steps] == ["raise", "receive", "notify", "handle", "close"]
    assert [one.after for one in alert.steps][1:] == [
        "RECEIVED", "PHYSICIAN_NOTIFIED", "HANDLED", "CLOSED",
    ]  # fmt: skip
    assert [one["type"].partition(".")[2] for one in await ward.told()] == [
        "raised", "received", "physician_notified", "handled", "closed",
    ]  # fmt: skip
    assert await audited(ward) == [
        f"critical:alert:{verb}" for verb in ("received", "physician_notified", "handled", "closed")
    ]


async def test_a_wrong_read_back_changes_nothing_but_the_count(ward: Bedside) -> None:
    alert = await ward.raised()
    for left, wrong in (
        (2, ReadBack(item="K", value="6.2")),
        (1, ReadBack(item="NA", value="2.6")),
    ):
        with pytest.raises(ReadBackWrong) as refused:
            await service.receive(ward.acting("zhao"), alert.id, 1, wrong)
        assert (refused.value.code, refused.value.data["left"]) == (
            "critical_read_back_wrong",
            left,
        )
    now = await ward.alert()
    assert (now.state, now.version, now.misreads, now.received) == ("RAISED", 1, 2, None)
    assert [one.note for one in now.steps[1:]] == ["6.2", "2.6"]
    assert now.due_at == alert.due_at
    done = await service.receive(ward.acting("zhao"), alert.id, 1, RIGHT)
    assert (done.state, done.misreads) == ("RECEIVED", 2)


async def test_who_keeps_misreading_is_locked_and_the_next_rung_told(ward: Bedside) -> None:
    alert = await ward.raised()
    wrong = ReadBack(item="K", value="6.2")
    tried = await asyncio.gather(
        *(service.receive(ward.acting("zhao"), alert.id, 1, wrong) for _ in range(6)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in tried) == [
        *["ReadBackLocked"] * 4, *["ReadBackWrong"] * 2,
    ]  # fmt: skip
    now = await ward.alert()
    assert (now.state, now.misreads, now.rung, now.supervised) == ("RAISED", 3, 1, True)
    assert [one.action for one in now.steps[1:]] == ["misread"] * 3 + ["escalate"]
    assert "duty_nurse:misread" in now.gaps and "liang" in now.members
    with pytest.raises(ReadBackLocked):
        await service.receive(ward.acting("zhao"), alert.id, now.version, RIGHT)
    assert await service.locked(ward.acting("zhao"), now)
    assert await ward.alert() == now
    await ward.crank()
    assert len(await ward.told("escalated")) == len(await ward.tasks("critical_nobody")) == 1
    done = await service.receive(ward.acting("sun"), alert.id, now.version, RIGHT)
    assert (done.state, done.received.member) == ("RECEIVED", "sun")


async def test_a_doctor_who_reads_back_is_notified_by_that(ward: Bedside) -> None:
    alert = await ward.received("li")
    assert (alert.state, alert.physician.member, alert.received.member) == (
        "PHYSICIAN_NOTIFIED", "li", "li",
    )  # fmt: skip
    await ward.crank()
    assert [one["type"] for one in await ward.told()][1:] == [
        "critical.received",
        "critical.physician_notified",
    ]


async def test_of_two_receivers_one_is_first(ward: Bedside) -> None:
    alert = await ward.raised()
    done = await asyncio.gather(
        *(service.receive(ward.acting(one), alert.id, 1, RIGHT) for one in ("zhao", "li")),
        return_exceptions=True,
    )
    won = [one for one in done if not isinstance(one, BaseException)]
    (lost,) = [one for one in done if isinstance(one, WrongState)]
    assert len(won) == 1
    assert lost.data["by"] == won[0].received.name
    await ward.crank()
    assert len(await ward.told("received")) == 1
    assert (await ward.alert()).received.member == won[0].received.member


async def test_what_somebody_has_received_is_not_read_back_again(ward: Bedside) -> None:
    alert = await ward.received()
    for value in ("2.6", "6.2"):
        with pytest.raises(WrongState) as refused:
            await service.receive(ward.acting("li"), alert.id, 2, ReadBack(item="K", value=value))
        assert refused.value.message == "已由员工zhao接收"
    assert (await ward.alert()).misreads == 0


async def test_a_second_tap_of_the_same_person_is_the_same(ward: Bedside) -> None:
    first = await ward.received()
    assert await service.receive(ward.acting("zhao"), first.id, 1, RIGHT) == first


async def test_an_escalation_meanwhile_is_no_obstacle(ward: Bedside) -> None:
    alert = await ward.raised()
    await ward.later(6)
    assert (await ward.alert()).version == 2
    done = await service.receive(ward.acting("zhao"), alert.id, alert.version, RIGHT)
    assert done.state == "RECEIVED"


async def test_who_has_no_duty_for_the_patient_finds_nothing(ward: Bedside) -> None:
    alert = await ward.raised()
    stranger = ward.acting("icu")
    for call in (
        service.alert(stranger, alert.id),
        service.receive(stranger, alert.id, 1, RIGHT),
        service.refute(stranger, alert.id, 1, Refute(reason="不像", laboratory="陆敏")),
        service.contact(stranger, alert.id, 1, ContactForm(outcome="REACHED", how="PHONE")),
    ):
        with pytest.raises(NotFound):
            await call
    assert await service.mine(stranger) == []
    assert await service.board(stranger) == []
    assert (await ward.alert()) == alert


@pytest.mark.parametrize(
    ("key", "sees", "receives"),
    [
        ("zhao", True, True),  # told
        ("sun", True, True),  # on duty there, not told yet
        ("ma", True, True),  # supervises
        ("liang", True, True),
        ("lab", True, Forbidden),  # watches
        ("wang", NotFound, NotFound),  # a nurse of another ward
        ("tao", NotFound, NotFound),
    ],
)
async def test_who_may_see_and_receive(ward: Bedside, key, sees, receives) -> None:
    alert = await ward.raised()
    who = ward.acting(key)
    if sees is True:
        assert (await service.alert(who, alert.id)).value == "2.6"
        assert alert.id in [one.id for one in await service.board(who)]
        assert "critical:alert:read" in await audited(ward)
    else:
        with pytest.raises(sees):
            await service.alert(who, alert.id)
        assert await service.board(who) == []
    if receives is True:
        assert (await service.receive(who, alert.id, 1, RIGHT)).received.member == key
    else:
        with pytest.raises(receives):
            await service.receive(who, alert.id, 1, RIGHT)
        assert (await ward.alert()).state == "RAISED"


async def test_what_a_nurse_may_not(ward: Bedside) -> None:
    alert = await ward.received()
    nurse = ward.acting("zhao")
    for call in (
        service.handle(nurse, alert.id, 2, DONE),
        service.close(nurse, alert.id, 2, Close(note="x")),
        service.refute(nurse, alert.id, 2, Refute(reason="不像", laboratory="陆敏")),
        service.figures(nurse, ward.ctx.today()),
    ):
        with pytest.raises(Forbidden):
            await call
    assert (await ward.alert()).version == 2


async def test_another_institution_finds_nothing(ward: Bedside) -> None:
    alert = await ward.raised()
    with pytest.raises(NotFound):
        await service.alert(ward.acting("ma").within("ins2"), alert.id)
    assert await service.board(ward.acting("ma").within("ins2")) == []
    assert alert.inst == INST


@pytest.mark.parametrize("physician", ["zhao", "gone", "nobody"])
async def test_the_physician_told_must_be_one(ward: Bedside, physician: str) -> None:
    alert = await ward.received()
    await ward.change_member("icu", state="LEFT")
    told = Notify(physician={"gone": "icu"}.get(physician, physician), how="PHONE")
    with pytest.raises(NoSuchPhysician):
        await service.notify_physician(ward.acting("zhao"), alert.id, 2, told)
    assert (await ward.alert()).state == "RECEIVED"


async def test_a_physician_of_elsewhere_who_was_told_may_handle(ward: Bedside) -> None:
    alert = await ward.received()
    await service.notify_physician(
        ward.acting("zhao"), alert.id, 2, Notify(physician="icu", how="WECOM")
    )
    done = await service.handle(ward.acting("icu"), alert.id, 3, DONE)
    assert done.handled.member == "icu"


async def test_the_order_of_steps_is_kept(ward: Bedside) -> None:
    alert = await ward.received()
    with pytest.raises(WrongState):
        await service.handle(ward.acting("li"), alert.id, 2, DONE)
    with pytest.raises(WrongState):
        await service.close(ward.acting("li"), alert.id, 2, Close(note="x"))
    with pytest.raises(WrongState):
        await service.receive(ward.acting("li"), alert.id, 2, RIGHT)
    with pytest.raises(WrongState):
        await service.contact(
            ward.acting("li"), alert.id, 9, ContactForm(outcome="REACHED", how="PHONE")
        )


async def test_a_measure_that_says_nothing_needs_words(ward: Bedside) -> None:
    alert = await ward.received("li")
    with pytest.raises(Invalid):
        await service.handle(ward.acting("li"), alert.id, 2, Handle(measures=["OTHER"], note=" "))


async def test_an_outpatient_is_contacted_first(ward: Bedside) -> None:
    await ward.moves("REGISTERED", ward="心内科门诊", kind="O")
    await ward.reports()
    await ward.crank()
    alert = await ward.alert()
    doctor = ward.acting("zhou")
    await service.receive(doctor, alert.id, 1, RIGHT)
    with pytest.raises(ContactFirst):
        await service.handle(doctor, alert.id, 2, DONE)
    tried = ContactForm(outcome="UNREACHED", how="PHONE", note="无人接听")
    alert = await service.contact(doctor, alert.id, 2, tried)
    assert (alert.state, alert.contacts[0].outcome, alert.contacts[0].member) == (
        "PHYSICIAN_NOTIFIED", "UNREACHED", "zhou",
    )  # fmt: skip
    assert (await service.handle(doctor, alert.id, 3, DONE)).state == "HANDLED"


async def test_a_false_alarm_has_a_reason_and_the_laboratorys_word(ward: Bedside) -> None:
    alert = await ward.received("li")
    form = Refute(reason="标本溶血", laboratory="陆敏")
    done = await service.refute(ward.acting("li"), alert.id, 2, form)
    assert (done.state, done.refuted.reason, done.refuted.word) == (
        "FALSE_ALARM", "标本溶血", "陆敏",
    )  # fmt: skip
    await ward.crank()
    report = await reports.current(ward.ctx, alert.report)
    assert report.held


async def test_the_report_is_released_when_every_critical_result_is_handled(ward: Bedside) -> None:
    sodium = Result(
        key="NA", code="NA", name="钠", kind="NM", value="110", loinc="2951-2", unit="mmol/L"
    )
    await ward.moves()
    await ward.reports(more=(sodium,))
    await ward.crank()
    doctor = ward.acting("li")
    for n, alert in enumerate(await ward.alerts()):
        form = ReadBack(item=alert.item, value=alert.value)
        await service.receive(doctor, alert.id, 1, form)
        await service.handle(doctor, alert.id, 2, DONE)
        await ward.crank()
        assert (await reports.current(ward.ctx, alert.report)).held is (n == 0)
    await ward.reports(flags=("L",), more=(sodium,))  # the same values, said in other words
    await ward.crank()
    again = await reports.current(ward.ctx, alert.report)
    assert (again.version, again.held, len(await ward.alerts())) == (2, False, 2)


async def test_what_is_chosen_on_a_card_is_a_read_back(ward: Bedside) -> None:
    await ward.raised()
    (event,) = await ward.told("raised")

    async def chooses(key: str, chosen: str) -> None:
        answer = Answer(message="msg1", key="receive", chosen=chosen)
        await service.answered(ward.acting(key), ward.heard(event), key, answer)

    for key, chosen, refusal in (
        ("zhao", "", Invalid),
        ("zhao", "6.2", ReadBackWrong),
        ("wang", "2.6", NotFound),
    ):
        with pytest.raises(refusal):
            await chooses(key, chosen)
    assert (await ward.alert()).state == "RAISED"
    for _ in range(2):
        await chooses("zhao", "2.6")
    alert = await ward.alert()
    assert (alert.received.member, alert.received.device, alert.version) == ("zhao", "card", 2)


async def test_no_message_goes_out_about_what_somebody_has_received(ward: Bedside) -> None:
    await ward.raised()
    (event,) = await ward.told("raised")
    assert await service.still_open(ward.ctx, ward.heard(event))
    alert = await ward.alert()
    await service.receive(ward.acting("zhao"), alert.id, 1, RIGHT)
    assert not await service.still_open(ward.ctx, ward.heard(event))


async def test_whoever_follows_sees_every_change(ward: Bedside) -> None:
    alert = await ward.received()
    await ward.crank()
    tail = await live.tail(ward.acting("zhao"), service.BOARD)
    frames = [msgspec.json.decode(body) for body in tail.frames]
    assert {one["alert"] for one in frames} == {alert.id}
    assert set().union(*frames) == {
        *("alert", "state", "rung", "version", "severity", "area", "due_at")
    }
    assert (await live.tail(ward.acting("zhao"), "me:zhao")).frames
    with pytest.raises(Forbidden):
        await live.tail(ward.house.ctx(INST), service.BOARD)


async def test_mine_shows_what_is_open_first(ward: Bedside) -> None:
    alert = await ward.received("li")
    await service.handle(ward.acting("li"), alert.id, 2, DONE)
    await service.close(ward.acting("li"), alert.id, 3, Close(note="病程"))
    await ward.reports("2.5", filler="S2")
    await ward.crank()
    found = await service.mine(ward.acting("li"))
    assert [one.open for one in found] == [True, False]
    assert [one.state for one in await service.board(ward.acting("liang"))] == ["RAISED", "CLOSED"]
    await ward.later(61)
    assert len(await service.board(ward.acting("liang"))) == 1


async def test_the_figures_of_a_month(ward: Bedside) -> None:
    await ward.received("li")
    found = await service.figures(ward.acting("liang"), ward.ctx.today())
    assert (found.alerts, found.notified.percent, found.closed.part) == (1, 100.0, 0)
