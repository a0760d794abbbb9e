"""What the hospital says of itself: introductions, favourites, links and codes, sites, the desk."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital
from tests.helpers.outpatient import IN_ONE_LOOP
from wx_backend.base import audit, metrics
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.load import places
from wx_backend.entrypoints.web.patient import paths
from wx_backend.identity.favourites import service as favourites
from wx_backend.identity.favourites.model import MOST

pytestmark = IN_ONE_LOOP

ZHOU = world.PRACTICES[0].doctor()
DOCTOR, HEART = paths.doctor(ZHOU.id), world.DEPARTMENTS["cardiology"]
UNIT = paths.department(HEART.id)
Enters = Callable[[str], Awaitable[Staffer]]


async def test_a_doctor_is_introduced(hospital: Hospital) -> None:
    async with await hospital.client() as visitor:
        times = await visitor.get(DOCTOR)
        page = await visitor.get(times.link("/about"))
        assert [line in page.text for line in ZHOU.introduction.splitlines()] == [True, True]
        clinics = page.links_with("date=")
        assert len(clinics) > len(set(clinics)) > 3  # two on a Tuesday
        day = await visitor.get(clinics[0])
        assert "周启明" in day.text
        assert f'property="og:title" content="周启明 主任医师 · {HEART.name}"' in page.html


async def test_kept_after_signing_in_and_listed_where_it_is_looked_for(hospital: Hospital) -> None:
    async with await hospital.client() as visitor:
        about = await visitor.get(paths.about(DOCTOR))
        asked = await visitor.submit(about.form(paths.favourite(DOCTOR)))
        assert unquote(asked.location) == f"{paths.SIGN_IN}?next={paths.favourite(DOCTOR)}"
        await visitor.sign_in("li-jianguo")
        back = await visitor.follow(await visitor.get(paths.favourite(DOCTOR)))
        assert "已收藏" not in back.text
        for _ in range(2):
            await visitor.submit(back.form(paths.favourite(DOCTOR)))
        unit = await visitor.get(paths.about(UNIT))
        await visitor.submit(unit.form(paths.favourite(UNIT)))
        for page in (paths.HOME, paths.FAVOURITES):
            links = (await visitor.get(page)).links_with("/h5/")
            assert links.count(DOCTOR) == 1, page
            assert UNIT in links
        again = await visitor.get(paths.about(DOCTOR))
        assert "已收藏" in again.text
        await visitor.submit(again.form(paths.favourite(DOCTOR)))
        assert DOCTOR not in (await visitor.get(paths.FAVOURITES)).links


async def test_an_account_keeps_no_more_than_there_is_room_for(hospital: Hospital) -> None:
    ctx = await hospital.acting("crowd-7")
    raw = hospital.house.db.raw("favourites")
    await favourites.add(ctx, "department", HEART.id)
    many = [{"kind": "doctor", "id": f"gone{n}", "at": ctx.now()} for n in range(MOST - 1)]
    mine = {"account": ctx.actor.id}
    await raw.update_one(mine, {"$push": {"items": {"$each": many}}})
    async with await hospital.client("crowd-7") as visitor:
        page = await visitor.get(paths.about(DOCTOR))
        full = await visitor.submit(page.form(paths.favourite(DOCTOR)))
        assert full.status == 409
        assert "收藏数量已达上限" in full.text
        same = (await visitor.get(paths.about(UNIT))).form(paths.favourite(UNIT))
        assert (await visitor.submit(same, keep="1")).status == 303
        assert len((await raw.find_one(mine))["items"]) == MOST
        assert (await visitor.submit(page.form(paths.favourite(DOCTOR)), keep="0")).status == 303


async def test_who_comes_by_a_code_is_counted_and_books_after_signing_in(
    hospital: Hospital,
) -> None:
    def came(source: str) -> float:
        return metrics.ARRIVALS.labels("doctor", source)._value.get()

    before = came("qr"), came("share")
    async with await hospital.client() as visitor:
        share = await visitor.get(paths.share(DOCTOR))
        assert 'src="data:image/svg+xml' in share.html
        assert f"{hospital.url}{DOCTOR}?from=share" in share.html
        opened = await visitor.get(paths.came_from(DOCTOR, "qr"))
        await visitor.get(f"{DOCTOR}?from=singlemessage&isappinstalled=0")
        await visitor.get(f"{DOCTOR}?from=<b>")
        assert (came("qr"), came("share")) == (before[0] + 1, before[1] + 1)
        slot = opened.form(paths.BOOK).offered["slot"][0]
        asked = await visitor.get(paths.book(slot))
        assert unquote(unquote(asked.location)) == f"{paths.SIGN_IN}?next={paths.book(slot)}"


async def test_the_sites(hospital: Hospital) -> None:
    async with await hospital.client() as visitor:
        page = await visitor.get(paths.HOSPITAL)
        for site in (world.RIVERSIDE, world.EAST_LAKE):
            assert site.address in page.text
            assert site.phone in page.text
        assert any("position=105.112300%2C30.204500" in href for href in page.links)
        assert HEART.location in page.text
        assert world.CENTRE.name not in page.text


async def test_the_office_writes_and_patients_read(hospital: Hospital, signed_in: Enters) -> None:
    office = await signed_in("tao-hui")
    path = f"/console/directory/departments/{HEART.id}"
    typed = {"hint": "胸痛、早搏", "introduction": "新的介绍\n第二段", "phone": "0990-1"}
    stale = (await office.get(path)).form(path)
    saved = await office.submit((await office.get(path)).form(path), **typed)
    assert saved.location == "/console/directory"
    late = await office.submit(stale, **{**typed, "introduction": "晚到的"})
    assert late.status == 409
    wrong = await office.submit((await office.get(path)).form(path), hint="x" * 99)
    assert wrong.status == 422
    assert "x" * 99 in wrong.html
    await places(hospital.ctx())  # the demo starts again
    async with await hospital.client() as visitor:
        about = await visitor.get(paths.about(UNIT))
        assert "第二段" in about.text
        assert HEART.name in (await visitor.get(f"{paths.DEPARTMENTS}?q=zaobo")).text
    ctx = hospital.ctx()
    [told] = await audit.records(ctx, ctx.wire_now(), subject=HEART.id)
    assert told["data"]["before"]["introduction"] == HEART.introduction
    assert told["data"]["after"]["introduction"] == typed["introduction"]


async def test_a_sign_for_the_desk(hospital: Hospital, signed_in: Enters) -> None:
    office = await signed_in("tao-hui")
    sign = await office.get(f"/console/directory/departments/{HEART.id}/sign")
    assert 'src="data:image/svg+xml' in sign.html
    assert f"{hospital.settings.public_url}{UNIT}?from=sign" in sign.text
    nurse = await signed_in("zhao-ting")
    refused = await nurse.get("/console/directory")
    assert refused.status == 403
