"""What an account keeps, over HTTP: people, lists page by page, messages, what is next."""

from collections.abc import AsyncIterator

import pytest

from booking.appointments import service as appointments
from tests.helpers import his
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import Form, Page, Visitor
from wx_backend.entrypoints.demo.people import id_no
from wx_backend.entrypoints.web.patient import paths
from wx_backend.identity.patients import service as patients

PERSON = "chen-xiaodong"
TYPED = {"name": "吴秀珍", "phone": "15400001234", "relation": "PARENT", "agreed": "1"}


@pytest.fixture
async def hospital(mongo_uri, sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest.fixture
async def visitor(hospital: Hospital) -> AsyncIterator[Visitor]:
    async with await hospital.client(PERSON) as patient:
        yield patient


async def person_form(visitor: Visitor, next_path: str = paths.PEOPLE) -> Form:
    return (await visitor.get(paths.add_person(next_path))).form(paths.ADD_PERSON)


def born(hospital: Hospital, years: int) -> str:
    """The birthday of who is so old today. A multiple of four: 29 February is one then as well."""
    today = hospital.ctx().today()
    return f"{today.year - years}{today:%m%d}"


async def add(visitor: Visitor, **changed: str) -> Page:
    return await visitor.submit(await person_form(visitor), **{**TYPED, **changed})


async def test_added_and_back_to_where_it_was_needed(hospital: Hospital, visitor: Visitor) -> None:
    book = paths.book(free_slots(hospital, "eye")[0].id)
    form = await person_form(visitor, book)
    added = await visitor.submit(form, **TYPED, id_no=id_no(born(hospital, 68), 500))
    assert added.location == book
    assert "吴*珍" in (await visitor.get(book)).text
    people = await visitor.get(paths.PEOPLE)
    assert "女 · 68 岁" in people.text
    assert "吴秀珍" not in people.text


async def test_the_form_sent_twice_adds_one_person(visitor: Visitor) -> None:
    form = await person_form(visitor)
    for _ in range(2):
        sent = await visitor.submit(form, **TYPED, id_no=id_no("19580412", 500))
        assert sent.status == 303
    assert (await visitor.get(paths.PEOPLE)).html.count("<b>吴*珍</b>") == 1


async def test_every_wrong_field_is_told_and_what_was_typed_comes_back(visitor: Visitor) -> None:
    page = await add(visitor, name="Wu", id_no="990101195804120000", phone="1", agreed="")
    assert page.status == 422
    for name in ("name", "id_no", "phone", "agreed"):
        assert f'id="{name}-tip"' in page.html
    form = page.form(paths.ADD_PERSON)
    assert (form.fields["name"], form.fields["relation"]) == ("Wu", "PARENT")
    again = await visitor.submit(form, **TYPED, id_no=id_no("19580412", 500))
    assert again.status == 303


async def test_a_child_needs_a_guardian_and_a_consent_of_its_own(
    hospital: Hospital, visitor: Visitor
) -> None:
    child = {"name": "陈小宝", "relation": "CHILD", "id_no": id_no(born(hospital, 8), 501)}
    asked = await add(visitor, **child)
    assert asked.status == 422
    assert 'id="guardian-tip"' in asked.html
    [guardian] = [value for value in asked.forms[0].offered["guardian"] if value]
    asked = await add(visitor, **child, guardian=guardian)
    assert 'id="guardian_agreed-tip"' in asked.html
    added = await add(visitor, **child, guardian=guardian, guardian_agreed="1")
    assert added.status == 303
    assert "监护人 陈*东" in (await visitor.get(paths.PEOPLE)).text


async def test_the_limit_is_said_above_the_form(visitor: Visitor) -> None:
    again = await add(visitor, name="陈晓东", relation="SELF", id_no=id_no("19980131", 503))
    assert again.status == 409
    assert "一个账号只能添加一位“本人”" in again.text


async def test_another_person_is_chosen_first(visitor: Visitor) -> None:
    await add(visitor, id_no=id_no("19580412", 500))
    people = await visitor.get(paths.PEOPLE)
    [action] = [form.action for form in people.forms if form.action.endswith("/default")]
    assert (await visitor.submit(people.form(action))).location == paths.PEOPLE
    people = await visitor.get(paths.PEOPLE)
    [other] = [form.action for form in people.forms if form.action.endswith("/default")]
    assert other != action


async def test_a_person_is_taken_away_after_being_asked_once_more(visitor: Visitor) -> None:
    await add(visitor, id_no=id_no("19580412", 500))
    before = await visitor.get(paths.PEOPLE)
    asked = await visitor.get(before.links_with("/remove")[-1])
    assert "确定移除这位就诊人吗" in asked.text
    assert "吴*珍" in asked.text
    assert "吴*珍" in (await visitor.get(paths.PEOPLE)).text, "asking changes nothing"
    [form] = [form for form in asked.forms if form.action.endswith("/remove")]
    assert (await visitor.submit(form)).location == paths.PEOPLE
    assert "吴*珍" not in (await visitor.get(paths.PEOPLE)).text
    assert (await visitor.submit(form)).status == 404
    assert (await visitor.get(form.action)).status == 404


async def test_a_guardian_stays_as_long_as_a_child_depends_on_them(
    hospital: Hospital, visitor: Visitor
) -> None:
    child = {"name": "陈小宝", "relation": "CHILD", "id_no": id_no(born(hospital, 8), 501)}
    asked = await add(visitor, **child)
    [guardian] = [value for value in asked.forms[0].offered["guardian"] if value]
    await add(visitor, **child, guardian=guardian, guardian_agreed="1")
    people = await visitor.get(paths.PEOPLE)
    page = await visitor.get(people.links_with("/remove")[0])
    refused = await visitor.submit(next(f for f in page.forms if f.action.endswith("/remove")))
    assert refused.status == 409
    assert "名下有未成年就诊人" in refused.text
    assert "陈*东" in (await visitor.get(paths.PEOPLE)).text


async def test_what_is_next_stands_on_the_first_page_unpaid_first(hospital: Hospital) -> None:
    first = free_slots(hospital, "eye")[0]
    unpaid = await hold(hospital, PERSON, first)
    async with await hospital.client(PERSON) as visitor:
        home = await visitor.get(paths.HOME)
    assert "接下来的就诊" in home.text
    assert paths.appointment(unpaid.id) in home.links
    assert "待支付" in home.text


async def test_lists_page_by_page_lose_nobody_who_starts_at_the_same_time(
    hospital: Hospital, visitor: Visitor
) -> None:
    ended = await ended_alike(hospital, 45)
    page, seen, pages = await visitor.get(paths.APPOINTMENTS), [], 1
    seen += page.links_with("/appointments/apt")
    while older := page.links_with("cursor="):
        page, pages = await visitor.get(older[0]), pages + 1
        seen += page.links_with("/appointments/apt")
    assert pages == 3
    assert sorted(seen) == sorted(map(paths.appointment, ended))
    assert "这里还没有预约" in (await visitor.get(f"{paths.APPOINTMENTS}?show=coming")).text
    assert (await visitor.get(f"{paths.APPOINTMENTS}?cursor=yesterday")).status == 422


async def ended_alike(hospital: Hospital, many: int) -> list[str]:
    """Ids of so many cancelled appointments of ``PERSON``, all at the same time."""
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    await appointments.cancel(await hospital.acting(PERSON), held.id)
    table = hospital.house.db.raw("appointments")
    doc = await table.find_one({"_id": held.id}, {"active": 0, "returns_at": 0, "due_at": 0})
    alike = [{**doc, "_id": f"{held.id[:-2]}{n:02}", "limits": [f"key:{n}"]} for n in range(many)]
    await table.delete_one({"_id": held.id})
    await table.insert_many(alike)
    return [one["_id"] for one in alike]


async def test_messages_count_until_they_are_seen(hospital: Hospital, visitor: Visitor) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "eye")[0])
    await appointments.cancel(await hospital.acting(PERSON), held.id)
    await hospital.crank()
    assert "条未读" in (await visitor.get(paths.HOME)).text
    seen = await visitor.get(paths.MESSAGES)
    assert "未读" in seen.text
    assert paths.appointment(held.id) in seen.links
    assert "未读" not in (await visitor.get(paths.MESSAGES)).text
    assert "条未读" not in (await visitor.get(paths.HOME)).text


async def test_what_comes_to_the_phone_is_chosen_without_scripts(visitor: Visitor) -> None:
    assert paths.MESSAGE_SETTINGS in (await visitor.get(paths.MESSAGES)).html
    form = (await visitor.get(paths.MESSAGE_SETTINGS)).form(paths.MESSAGE_SETTINGS)
    sent = await visitor.submit(form, payment="none", quiet_from="22:00", quiet_to="06:30")
    assert sent.location == f"{paths.MESSAGE_SETTINGS}?saved=1"
    page = await visitor.get(sent.location)
    assert "已保存" in page.text
    kept = page.form(paths.MESSAGE_SETTINGS).fields
    assert (kept["payment"], kept["quiet_from"], kept["quiet_to"]) == ("none", "22:00", "06:30")
    refused = await visitor.submit(form, quiet_from="21:00", quiet_to="")
    assert refused.status == 422
    assert 'id="quiet_to-tip"' in refused.html
    assert refused.form(paths.MESSAGE_SETTINGS).fields["quiet_from"] == "21:00"


async def test_the_code_for_the_desk_is_the_accounts_own(
    hospital: Hospital, visitor: Visitor
) -> None:
    people = await visitor.get(paths.PEOPLE)
    where = people.links_with("/verify")[0]
    page = await visitor.get(where)
    key = where.split("/")[-2]
    code = await patients.desk_code(await hospital.acting(PERSON), key)
    assert f"{code[:3]} {code[3:]}" in page.text
    async with await hospital.client("zhang-min") as other:
        refused = await other.get(where)
    assert refused.status == 404
    assert code[:3] not in refused.text
    await patients.verify(hospital.ctx(), key, "DESK")
    done = await visitor.get(where)
    assert "已核验" in done.text
    assert code[3:] not in done.text


async def test_a_code_of_the_hospital_verifies_without_a_script_and_without_the_desk(
    hospital: Hospital, visitor: Visitor
) -> None:
    people = await visitor.get(paths.PEOPLE)
    where = people.links_with("/verify")[0]
    assert "获取验证码" not in (await visitor.get(where)).text
    await his.knows_numbers(hospital)
    assert "可用医院登记的手机号" in (await visitor.get(paths.PEOPLE)).text
    page = await visitor.get(where)
    sent = await visitor.submit(page.form(where))
    assert sent.location == where
    page = await visitor.get(where)
    assert "验证码已发到尾号" in page.text
    [code] = await his.texts(hospital)
    refused = await visitor.submit(page.form(where), code=f"{(int(code) + 1) % 10**6:06}")
    assert (refused.status, "验证码不对" in refused.text) == (422, True)
    done = await visitor.submit(refused.form(where), code=code)
    assert done.location == where
    assert "已核验" in (await visitor.get(where)).text
