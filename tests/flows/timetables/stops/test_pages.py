"""Stop-clinic in browsers without a screen: the patient's one tap, the office's one screen."""

from booking.stops.model import case_id
from tests.helpers.console import Staffer
from tests.helpers.identity import PHONE
from tests.helpers.outpatient import IN_ONE_LOOP
from tests.helpers.stops import PEER, stored
from tests.helpers.visitor import Visitor

pytestmark = IN_ONE_LOOP


async def test_the_patient_reads_two_offers_and_taps_one(closed, clinic):
    await closed.opens(2)
    await closed.close()
    path = f"/h5/stops/{case_id(closed.booked[0].id)}"
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(closed.patients[0].person)
        page = await phone.get(path)
        assert PEER.name in page.text
        assert "为您保留到" in page.text
        sent = {form.fields.get("choice"): form for form in page.forms if form.action == path}
        assert set(sent) == {"same", "other", "refund"}
        answer = await phone.submit(sent["same"])
        assert (answer.status, answer.location) == (303, path)
        assert "已为您改约" in (await phone.follow(answer)).text
        again = await phone.submit(sent["same"])
        assert again.status == 303
        late = await phone.submit(sent["refund"])
        assert late.status == 409
        assert "已为您改约" in late.text
        other = await phone.get(f"/h5/stops/{case_id(closed.booked[1].id)}")
        assert other.status == 404
    assert sorted(await closed.states()) == ["ASKED", "MOVED"]


async def test_a_clinic_that_asks_for_symptoms_asks_who_was_not_asked_before(closed, clinic):
    await closed.opens()
    await closed.close()
    await clinic.decides("booking.symptom_screen", 1, "doctor", PEER.id)
    case_path = f"/h5/stops/{case_id(closed.booked[0].id)}"
    async with Visitor(clinic.hospital.url) as phone:
        await phone.sign_in(closed.patients[0].person)
        page = await phone.get(case_path)
        sent = {form.fields.get("choice"): form for form in page.forms if form.action == case_path}
        assert page.text.count("就诊人现在有这些症状吗") == 1, "not the other date"
        for said, status, words in (
            ({}, 422, "请先回答就诊人现在有没有所列症状"),
            ({"symptoms": "yes"}, 409, "发热门诊"),
        ):
            refused = await phone.submit(sent["same"], **said)
            assert refused.status == status
            assert words in refused.text
            assert await closed.states() == ["ASKED"]
        assert (await phone.submit(sent["same"], symptoms="no")).status == 303
        again = await phone.submit(sent["same"], symptoms="no")
        assert again.status == 303
    await clinic.decides("booking.symptom_screen", 0, "doctor", PEER.id)
    [case] = await closed.cases()
    moved = await stored(clinic, case.moved_to)
    assert (case.state, moved.doctor) == ("MOVED", PEER.name)
    assert moved.no_symptoms_at == case.no_symptoms_at is not None


async def test_the_office_sees_who_must_be_called_and_answers_for_them(closed, clinic):
    await closed.opens(2)
    await closed.close()
    await closed.answers(1, "refund")
    await clinic.later(hours=2, seconds=1)
    await clinic.work()
    path = f"/console/stops/{closed.schedule}"
    one = f"{path}/{case_id(closed.booked[0].id)}"
    async with Staffer(clinic.hospital.url, clinic.house) as office:
        await office.enter("tao-hui")
        page = await office.get(path)
        assert "待致电" in page.text
        assert "退号退费 患者本人" in page.text
        assert page.text.count("李*国") == 2
        assert page.text.count("消息已") == 2
        rung = await office.act(path, f"{one}/phone")
        assert (rung.status, rung.text.count(PHONE)) == (200, 1)
        called = await office.act(path, f"{one}/call", outcome="UNREACHED", note="无人接听")
        assert called.status == 303
        page = await office.follow(called)
        assert "未联系上" in page.text
        done = await office.act(path, f"{one}/answer", choice="same")
        page = await office.follow(done)
        assert "已代为选择：接受同级医生" in page.text
        assert "工作人员代为" in page.text
    assert sorted(await closed.states()) == ["MOVED", "REFUNDED"]
