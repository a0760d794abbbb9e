"""The client of a HIS's cashier on the real wire, against the sandbox's."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.helpers.identity import id_no
from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.bridge import Pool
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayUnknown
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.gateways.his_accounts.client import HisAccounts
from wx_backend.gateways.his_accounts.port import Posting, PostingRefused
from wx_backend.gateways.his_bills.client import HisBills
from wx_backend.gateways.his_bills.port import BillsRefused, Named, NotKnown
from wx_backend.gateways.his_rest.port import HisRestConfig

PERSON = Named("李建国", id_no("1984-05-06", 931))


class Cashier:
    """The client, the same HIS's books, and what its clerks do."""

    def __init__(self, sandbox: Sandbox, pool: Pool):
        given = read_env(sandbox.home / "sandbox.env")
        key, secret = given["WX_SANDBOX_HIS_KEY"], given["WX_SANDBOX_HIS_SECRET"]
        config = HisRestConfig(url=f"{sandbox.url}/his", key=key, secret=secret)
        self.url = sandbox.url
        self.his = HisBills(config, pool, WireClock())
        self.accounts = HisAccounts(config, pool, WireClock())

    def ctl(self, path: str, **body) -> dict:
        answer = httpx.post(f"{self.url}/_ctl/{path}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pays(self, fen: int, *references: str, kind: str = "bill") -> str:
        payment = ids.new("bpay")
        told = Posting(
            no=ids.new("pst"), kind="PAID", fen=fen, order=ids.new("ord"),
            reference=ids.new("pay"), platform="wechat_pay", merchant="19", transaction="42",
            purpose={"kind": kind, "id": payment}, at=datetime.now(UTC), references=references,
        )  # fmt: skip
        await self.accounts.post(told)
        return payment


@pytest.fixture
def cashier(sandbox: Sandbox):
    pool = Pool("his_bills", 4)
    made = Cashier(sandbox, pool)
    made.ctl("clear", what="his")
    made.ctl("clear", what="faults")
    yield made
    pool.close()
    made.his.disconnect()
    made.accounts.disconnect()


async def test_what_a_person_owes_is_paid_through_the_books(cashier):
    bills = await cashier.his.pending(PERSON)
    assert [bill.kind for bill in bills] == ["DRUG", "LAB", "IMAGING"]
    assert all(bill.fen == sum(item.fen for item in bill.items) > 0 for bill in bills)
    assert await cashier.his.pending(PERSON) == bills
    first, second, third = bills
    payment = await cashier.pays(first.fen + second.fen, first.no, second.no)
    assert await cashier.his.pending(PERSON) == (third,)
    known = await cashier.his.bills((first.no, third.no, "MZ0"))
    assert [(bill.state, bill.paid_with) for bill in known] == [("PAID", payment), ("PENDING", "")]
    invoice = await cashier.his.invoice(payment)
    assert invoice.fen == first.fen + second.fen and invoice.number and invoice.check_code
    assert await cashier.his.invoice(ids.new("bpay")) is None


async def test_what_cannot_be_paid_any_more_is_not_in_the_books(cashier):
    first, second, _ = await cashier.his.pending(PERSON)
    cashier.ctl("his/bills", no=first.no, state="CANCELLED")
    with pytest.raises(PostingRefused) as refused:
        await cashier.pays(first.fen, first.no)
    assert refused.value.data["platform_code"] == "bill_not_pending"
    payment = await cashier.pays(first.fen + second.fen, first.no, second.no)
    known = await cashier.his.bills((first.no, second.no))
    assert [(bill.state, bill.paid_with) for bill in known] == [
        ("CANCELLED", ""), ("PAID", payment)
    ]  # fmt: skip


async def test_a_stay_takes_deposits_and_has_a_list_for_each_day(cashier):
    told = {"name": PERSON.name, "id_no": PERSON.id_no}
    visit_no = cashier.ctl("his/stays", **told)["visit_no"]
    stay = await cashier.his.stay(visit_no)
    assert stay in await cashier.his.stays(PERSON)
    assert stay.open and stay.balance_fen == stay.deposit_fen - stay.spent_fen
    await cashier.pays(50_000, visit_no, kind="deposit")
    assert (await cashier.his.stay(visit_no)).balance_fen == stay.balance_fen + 50_000
    day = await cashier.his.day(visit_no, stay.admitted_on)
    assert day.fen == sum(item.fen for item in day.items) > 0
    before = await cashier.his.day(visit_no, stay.admitted_on - timedelta(days=1))
    assert before.items == () and before.fen == 0
    cashier.ctl("his/stays", discharge=visit_no)
    assert not (await cashier.his.stay(visit_no)).open
    with pytest.raises(PostingRefused):
        await cashier.pays(50_000, visit_no, kind="deposit")
    with pytest.raises(NotKnown):
        await cashier.his.stay("ZY00000000")


async def test_the_catalogue_comes_in_pages(cashier):
    prices, after = [], ""
    while True:
        page = await cashier.his.prices(after)
        prices += page.prices
        if not (after := page.next):
            break
    assert len({price.code for price in prices}) == len(prices) > len(page.prices)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("his_error", GatewayUnknown),
        ("html", GatewayUnknown),
        ("truncate", GatewayUnknown),
        ("reset", GatewayUnknown),
        ("his_refuse", BillsRefused),
    ],
)
async def test_trouble_is_never_an_empty_list(cashier, kind, error):
    cashier.ctl("faults", endpoint="/his/bills/v1/pending", kind=kind)
    with pytest.raises(error):
        await cashier.his.pending(PERSON)
    assert await cashier.his.pending(PERSON)
