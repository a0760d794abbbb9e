"""Verifying the audit trail from the console: begun, followed, and what it found."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital
from wx_backend.base.seals import checks
from wx_backend.entrypoints.web.console.pages.seals import PATH

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hospital(mongo_uri, sandbox, tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("audit"))
    async with Hospital(mongo_uri, sandbox, audit_dir=folder) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def auditor(hospital):
    async with AsyncExitStack() as stack:
        browser = Staffer(hospital.url, hospital.house)
        stack.push_async_callback(browser.http.aclose)
        yield await browser.enter("xia-lan")


async def verified(hospital: Hospital, auditor: Staffer):
    """Asks for this month; the page of the result."""
    await hospital.crank()
    begun = await auditor.submit((await auditor.get(PATH)).form(PATH))
    assert begun.location.startswith(f"{PATH}/chk")
    async with asyncio.timeout(20):
        while True:
            page = await auditor.get(begun.location)
            if "hx-trigger" not in page.html:
                return page
            await asyncio.sleep(0.05)


async def test_a_whole_month_is_said_to_be_whole(hospital, auditor):
    page = await verified(hospital, auditor)
    assert "条记录与封存时一致" in page.text
    assert "全部一致" in page.text, "checkpoints outside the database were compared"
    assert "完整" in (await auditor.get(PATH)).text
    seen = await auditor.get("/console/audit?source=audit:")
    assert "audit:month:verify" in seen.text, "asking is audited"


async def test_a_changed_record_is_named(hospital, auditor):
    await hospital.crank()
    table = hospital.house.db.raw(f"audit_{hospital.house.wire.now():%Y%m}")
    victim = await table.find_one({"open": {"$exists": False}})
    await table.update_one({"_id": victim["_id"]}, {"$set": {"actor": "staff:nobody"}})
    page = await verified(hospital, auditor)
    assert "发现 1 处问题" in page.text
    assert "记录被修改" in page.text
    assert victim["_id"] in page.text
    await table.replace_one({"_id": victim["_id"]}, victim)


async def test_one_that_runs_shows_how_far_it_is_and_one_whose_process_died_says_so(
    hospital, auditor
):
    ctx, now = hospital.ctx(), hospital.house.wire.now()
    doc = {
        "_id": "chkrunning", "inst": ctx.institution, "month": f"{now:%Y%m}", "state": "RUNNING",
        "by": "staff:x", "started_at": now, "heard_at": now, "seals": 3, "of_seals": 9,
        "records": 70, "report": None,
    }  # fmt: skip
    table = hospital.house.db.raw("audit_checks")
    await table.insert_one(doc)
    page = await auditor.get(f"{PATH}/chkrunning")
    assert "已核对 3 / 9 批，70 条记录" in page.text
    assert 'hx-trigger="load delay:500ms"' in page.html
    silent = now - checks.SILENT - timedelta(seconds=1)
    await table.update_one({"_id": "chkrunning"}, {"$set": {"heard_at": silent}})
    assert "核对没有完成" in (await auditor.get(f"{PATH}/chkrunning")).text


async def test_a_month_that_is_none_is_refused(auditor):
    form = (await auditor.get(PATH)).form(PATH)
    refused = await auditor.submit(form, month="190001")
    assert refused.status == 422
    assert "没有审计记录" in refused.text


async def test_nobody_else_verifies(hospital):
    async with AsyncExitStack() as stack:
        admin = Staffer(hospital.url, hospital.house)
        stack.push_async_callback(admin.http.aclose)
        await admin.enter("cheng-hao")
        assert (await admin.get(PATH)).status == 403
