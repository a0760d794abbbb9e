"""The message centre over JSON: own messages only, newest first, page by page, read marks."""

from datetime import timedelta

import pytest

from notify.messages import handlers, reactions, service, store
from notify.messages.model import SKIPPED
from tests.helpers.front import ACCOUNT_HEADER, served
from tests.helpers.http import http_client
from tests.helpers.told import INST, told
from wx_backend.base.audit import RECORDS
from wx_backend.base.events import Event
from wx_backend.identity.accounts.events import MERGED


@pytest.fixture
async def hospital(mongo_uri, tmp_path):
    async with told(mongo_uri, tmp_path) as hospital:
        yield hospital


@pytest.fixture
async def http(hospital):
    async with (
        served(hospital.house, INST, handlers.routes) as web,
        http_client(web, headers={ACCOUNT_HEADER: "acc1"}) as client,
    ):
        client.headers["Authorization"] = "Bearer test"
        yield client


async def several(hospital, count: int, account: str = "acc1") -> list[str]:
    """Ids, oldest first, a minute apart."""
    made = []
    for n in range(count):
        made.append(await hospital.tell(account, n=n + 1))
        hospital.later(minutes=1)
    return made


async def test_a_message_is_shown_as_it_was_rendered(hospital, http):
    key = await hospital.tell("acc1")
    answer = (await http.get("/api/v1/messages")).json()
    [item] = answer["items"]
    assert item.pop("at")
    assert item == {
        "id": key,
        "title": "预约成功",
        "text": "王*国 11月24日 周二 09:30 心血管内科 周启明，"
        "就诊序号 A012，门诊楼 3 层 A 区 305 诊室",
        "icon": "calendar-event",
        "link": "/h5/appointments/apt0000000000000000000000000",
        "state": "DUE",
        "read": False,
    }


async def test_pages_follow_each_other_without_gap_or_repetition(hospital, http):
    made = await several(hospital, 7)
    seen, cursor = [], None
    for size in (3, 3, 1):
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        answer = (await http.get("/api/v1/messages", params=query)).json()
        assert len(answer["items"]) == size
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["cursor"]
    assert cursor is None
    assert seen == made[::-1]


async def test_messages_of_one_moment_are_all_shown(hospital, http):
    made = {await hospital.tell("acc1", n=n) for n in range(5)}
    moment = hospital.ctx.now()
    for key in made:
        await hospital.change(key, {"$set": {"at": moment}})
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = (await http.get("/api/v1/messages", params=query)).json()
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["cursor"]
    assert sorted(seen) == sorted(made)


async def test_pages_go_back_over_the_months(hospital):
    event = hospital.event("acc1")
    now = hospital.ctx.wire_now()
    months = store.months(now, 11)
    for n, month in enumerate(months):
        await store.add(
            hospital.ctx,
            month,
            {
                "_id": f"msg{n}", "account": "acc1", "at": month, "title": "", "text": "",
                "icon": "", "link": "", "state": "SENT", "read_at": None, "event": event.id,
            },
        )  # fmt: skip
    seen, cursor = [], None
    for _ in range(30):
        page = await service.inbox(hospital.ctx, "acc1", cursor, limit=2)
        seen += [item.id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"msg{n}" for n in range(12)]


async def test_a_page_is_one_call_however_few_messages_there_are(hospital):
    await hospital.tell("acc1")
    calls = hospital.house.db.calls
    for account in ("acc1", "acc-of-nobody"):
        before = calls.total()
        await service.inbox(hospital.ctx, account)
        assert calls.total() - before == 1


async def test_others_messages_and_those_no_longer_true_are_not_shown(hospital, http):
    skipped = await hospital.tell("acc1", n=1)
    await hospital.change(skipped, {"$set": {"state": SKIPPED}})
    await hospital.tell("acc2", n=2)
    assert (await http.get("/api/v1/messages")).json()["items"] == []
    assert (await http.get("/api/v1/messages/unread")).json() == {"unread": 0}
    elsewhere = hospital.house.ctx("ins2")
    assert (await service.inbox(elsewhere, "acc2")).items == []
    assert len((await service.inbox(hospital.ctx, "acc2")).items) == 1


async def test_reading_some_and_then_all(hospital, http):
    first, second, third = await several(hospital, 3)
    assert (await http.get("/api/v1/messages/unread")).json() == {"unread": 3}
    answer = await http.post("/api/v1/messages/read", json={"ids": [second]})
    assert answer.json() == {"read": 1}
    items = (await http.get("/api/v1/messages")).json()["items"]
    assert {item["id"]: item["read"] for item in items} == {
        first: False, second: True, third: False,
    }  # fmt: skip
    assert (await http.post("/api/v1/messages/read", json={})).json() == {"read": 2}
    assert (await http.post("/api/v1/messages/read", json={})).json() == {"read": 0}
    assert (await http.get("/api/v1/messages/unread")).json() == {"unread": 0}


async def test_nobody_reads_another_s_message_away(hospital, http):
    theirs = await hospital.tell("acc2")
    answer = await http.post("/api/v1/messages/read", json={"ids": [theirs]})
    assert answer.json() == {"read": 0}
    assert (await hospital.one(theirs))["read_at"] is None


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x", "cursor=209901", "cursor={now}.x.y", "cursor={now}.9999999999999999999.m",
        "limit=0", "limit=51", "limit=x", "other=1",
    ],
)  # fmt: skip
async def test_a_bad_question_is_refused_in_words(hospital, http, query):
    asked = query.replace("{now}", f"{hospital.ctx.wire_now():%Y%m}")
    answer = await http.get(f"/api/v1/messages?{asked}")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/messages"),
        ("GET", "/api/v1/messages/unread"),
        ("POST", "/api/v1/messages/read"),
    ],
)
async def test_a_visitor_is_asked_to_sign_in(http, method, path):
    del http.headers[ACCOUNT_HEADER]
    assert (await http.request(method, path)).status_code == 401


async def test_messages_of_a_merged_account_move_to_the_one_that_stays(hospital):
    mine = await hospital.tell("acc-old", n=1)
    now = hospital.ctx.wire_now()
    elsewhere = hospital.house.ctx("ins2")
    other = {"_id": "msg-x", "account": "acc-old", "state": "SENT", "read_at": None, "at": now}
    await store.add(elsewhere, now - timedelta(days=40), other)
    merged = Event(
        id="acc-old:2:0", type=MERGED.name, v=1, at=now, inst=INST, subject="acc-old",
        actor="system:system", trace="tr-test", data={"account": "acc-old", "into": "acc-new"},
    )  # fmt: skip
    [adopt] = reactions.reactions[MERGED.name]
    for _ in range(2):
        await adopt(hospital.ctx, merged)
    assert (await hospital.one(mine))["account"] == "acc-new"
    old_month = now - timedelta(days=40)
    assert (await store.get(elsewhere, old_month, "msg-x"))["account"] == "acc-new"
    audited = await hospital.ctx.db(RECORDS).month(now).find()
    assert "ctx:institution:across" in {record["action"] for record in audited}


async def test_who_was_told_nothing_sees_an_empty_centre_without_older_pages(hospital):
    page = await service.inbox(hospital.ctx, "acc-new")
    assert (page.items, page.cursor) == ([], None)
