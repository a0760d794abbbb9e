"""门诊缴费, 预交金, 一日清单 and prices as a patient without JavaScript uses them."""

import pytest

from booking.prices import service as prices
from booking.prices import store
from booking.prices.model import ImportEnding
from tests.helpers.cashier import NAME, PENDING
from tests.helpers.console import Staffer
from tests.helpers.his import ENTRIES
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from wx_backend.base.errors import WrongState

pytestmark = IN_ONE_LOOP


@fixture
async def browser(cashier, payer):
    async with await cashier.hospital.client(payer.person) as visitor:
        yield visitor


def to_pay(page):
    return next(form for form in page.forms if form.action.endswith("/pay"))


async def pays(cashier, browser, page):
    """Confirms on the page with the sum, pays on the platform's page, and comes back."""
    sent = await browser.submit(to_pay(page), method="wechat_h5")
    prepay = sent.location.split("?")[0].rpartition("/")[2]
    await cashier.clinic.ctl("pay", prepay_id=prepay, person="crowd-1")
    await cashier.clinic.answered()
    await cashier.clinic.work()
    return await browser.get(to_pay(page).action.removesuffix("/pay"))


async def test_two_of_three_bills_are_ticked_paid_and_have_an_invoice(cashier, payer, browser):
    owed = await cashier.owed(payer)
    page = await browser.get("/h5/bills")
    assert page.form("/h5/bills").offered["bill"] == [f"{bill.no}:{bill.fen}" for bill in owed]
    assert owed[0].items[0].name in page.text
    two = [f"{bill.no}:{bill.fen}" for bill in owed[:2]]
    asked = await browser.follow(await browser.submit(page.form("/h5/bills"), bill=two))
    assert "门诊缴费 2 项" in asked.text
    done = await pays(cashier, browser, asked)
    assert "缴费成功" in done.text and "电子票据" in done.text and "校验码" in done.text
    left = await browser.get("/h5/bills")
    assert left.form("/h5/bills").offered["bill"] == [f"{owed[2].no}:{owed[2].fen}"]
    assert "已缴清" in (await browser.get("/h5/bills/payments")).text


async def test_what_changed_meanwhile_is_said_with_the_new_amounts(cashier, payer, browser):
    owed = await cashier.owed(payer)
    page = await browser.get("/h5/bills")
    await cashier.clerk(owed[0], fen=owed[0].fen + 100)
    values = page.form("/h5/bills").offered["bill"]
    again = await browser.submit(page.form("/h5/bills"), bill=values)
    assert again.status == 409 and "账单或金额已变化" in again.text
    assert f"{owed[0].no}:{owed[0].fen + 100}" in again.form("/h5/bills").offered["bill"]
    nothing = await browser.submit(again.form("/h5/bills"), bill=[])
    assert nothing.status == 422 and "请至少选择一张账单" in nothing.text


async def test_who_only_pays_sees_no_items_and_no_invoice(cashier, payer):
    relative = await cashier.relative(payer)
    [drug] = [bill for bill in await cashier.owed(payer) if bill.kind == "DRUG"]
    async with await cashier.hospital.client(relative.person) as browser:
        page = await browser.get(f"/h5/bills?patient={relative.id}")
        assert drug.department in page.text and "项目明细只给本人" in page.text
        assert not any(one.name in page.text for one in drug.items) and drug.doctor not in page.text
        values = page.form("/h5/bills").offered["bill"]
        asked = await browser.follow(await browser.submit(page.form("/h5/bills"), bill=values))
        done = await pays(cashier, browser, asked)
        assert "缴费成功" in done.text and "校验码" not in done.text
        assert "需要先核验身份" in (await browser.get(f"/h5/stays?patient={relative.id}")).text
        assert (await browser.get(f"/h5/bills?patient={payer.id}0")).status == 404


async def test_a_silent_cashier_is_said_so(cashier, browser):
    await cashier.clinic.fault(PENDING, "his_error")
    page = await browser.get("/h5/bills")
    assert page.status == 503 and "暂时没有答复" in page.text and "没有待缴的账单" not in page.text


async def test_paid_and_not_booked_yet_asks_for_patience_and_no_second_payment(
    cashier, payer, browser
):
    await cashier.clinic.fault(ENTRIES, "his_refuse")
    page = await browser.get("/h5/bills")
    values = page.form("/h5/bills").offered["bill"]
    asked = await browser.follow(await browser.submit(page.form("/h5/bills"), bill=values))
    waits = await pays(cashier, browser, asked)
    assert "正在通知医院" in waits.text and "请勿重复支付" in waits.text
    again = await browser.get(to_pay(asked).action)
    assert again.location.startswith("/h5/bills/payments/")


async def test_ones_own_choice_can_be_given_up(browser):
    page = await browser.get("/h5/bills")
    values = page.form("/h5/bills").offered["bill"]
    asked = await browser.follow(await browser.submit(page.form("/h5/bills"), bill=values))
    [cancel] = [form for form in asked.forms if form.action.endswith("/cancel")]
    back = await browser.follow(await browser.submit(cancel))
    assert back.form("/h5/bills").offered["bill"] == values


async def test_a_deposit_for_a_friend_and_the_list_of_a_day(cashier, payer, browser):
    visit_no = await cashier.admitted(payer)
    friend = await cashier.payer()
    async with await cashier.hospital.client(friend.person) as other:
        page = await other.get("/h5/deposit")
        wrong = await other.submit(page.form("/h5/deposit"), visit_no=visit_no, name="王五")
        assert wrong.status == 404 and "没有找到在院的这位患者" in wrong.text
        found = await other.submit(page.form("/h5/deposit"), visit_no=visit_no, name=NAME)
        assert "李*国" in found.text and "心血管" not in found.text
        little = await other.submit(found.form("/h5/deposit"), amount="1")
        assert little.status == 422 and "100.00 至 20000.00 元" in little.text
        asked = await other.follow(await other.submit(little.form("/h5/deposit"), amount="500"))
        done = await pays(cashier, other, asked)
        assert "缴费成功" in done.text and "预交金余额" in done.text
    stays = await browser.get("/h5/stays")
    assert visit_no in stays.text and "在院" in stays.text
    listed = await browser.get(stays.links_with("day=")[-1])
    assert "护理" in listed.text


async def test_prices_are_for_everybody_by_name_sound_initials_and_code(cashier):
    await prices.begin(cashier.hospital.ctx(), "first")
    await cashier.clinic.work()
    async with await cashier.hospital.client() as visitor:
        for query in ("血常规", "xuechanggui", "xcg", "250101001"):
            page = await visitor.get(f"/h5/prices?q={query}")
            assert "血常规（五分类）" in page.text and "¥20.00" in page.text, query
        first = await visitor.get("/h5/prices")
        assert (await visitor.get(first.link("after="))).status == 200
        assert "没有找到这个项目" in (await visitor.get("/h5/prices?q=zzzz")).text
        table, everywhere = cashier.clinic.house.db.raw("prices"), cashier.clinic.house.ctx(None)
        await table.update_many({}, {"$set": {"tokens": [], "tokenizer": 0}})
        assert await prices.reindex(everywhere) == await table.count_documents({})
        assert await prices.reindex(everywhere) == 0
        assert "血常规" in (await visitor.get("/h5/prices?q=xcg")).text
        assert "/h5/prices" in (await visitor.get("/h5/")).links


async def test_finance_fetches_the_catalogue_one_import_at_a_time(cashier, impatient):
    async with Staffer(cashier.hospital.url, cashier.hospital.house) as office:
        await office.enter("pan-yue")
        form = (await office.get("/console/prices")).form("/console/prices/import")
        asked = await office.submit(form)
        assert "已开始导入" in (await office.follow(asked)).text
        again = await office.submit(form)
        assert "正在导入" in (await office.follow(again)).text
        page = await office.get("/console/prices")
        cancel = next(one for one in page.forms if one.action.endswith("/cancel"))
        assert "导入已取消" in (await office.follow(await office.submit(cancel))).text
        assert "没有移除任何项目" in (await office.get("/console/prices")).text
        assert await prices.count(cashier.hospital.ctx()) == 0
        await office.act("/console/prices", "/console/prices/import")
        await cashier.clinic.fault("/his/bills/v1/prices", "his_error", after=1)
        await cashier.clinic.work()
        assert "导入中" in (await office.get("/console/prices")).text
        await cashier.clinic.patience(2, seconds=10)
        done = await office.get("/console/prices?q=xcg")
        assert "共 42 项" in done.text and "血常规（五分类）" in done.text and "已完成" in done.text


async def test_an_import_cancelled_under_way_keeps_what_came_and_removes_nothing(
    cashier, monkeypatch
):
    ctx = cashier.hospital.ctx()
    await prices.begin(ctx, "first")
    await cashier.clinic.work()
    known = await prices.count(ctx)
    table = cashier.clinic.house.db.raw("prices")
    await table.update_many({}, {"$set": {"price_fen": 1}})
    asked, put, seen = await prices.begin(ctx, "second"), store.put, []

    async def cancelled_meanwhile(here, page, run):
        await put(here, page, run)
        seen.append((await prices.cancel(ctx, asked.id)).state)

    monkeypatch.setattr(store, "put", cancelled_meanwhile)
    await cashier.clinic.work()
    assert seen == ["CANCELLED"], "it stopped with that page"
    renewed = await table.count_documents({"run": asked.id, "price_fen": {"$gt": 1}})
    assert 0 < renewed < known == await prices.count(ctx)
    with pytest.raises(WrongState):
        await prices.cancel(ctx, asked.id)
    monkeypatch.setattr(store, "put", put)
    last, remove_others = await prices.begin(ctx, "third"), store.remove_others

    async def too_late(here, run):
        with pytest.raises(ImportEnding):
            await prices.cancel(ctx, last.id)
        return await remove_others(here, run)

    monkeypatch.setattr(store, "remove_others", too_late)
    await cashier.clinic.work()
    assert (await prices.imports(ctx))[0].state == "DONE"
    assert await table.count_documents({"price_fen": 1}) == 0
