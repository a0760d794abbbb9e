"""Sample screens of the cashier and of prices."""

from tests.helpers.samples.booking import PAY
from tests.helpers.samples.common import KEY
from wx_backend.entrypoints.web.patient import bill_views, paths, views

PEOPLE = tuple(
    views.Choice(label=name, href=paths.bills(key), current=key == "pat1")
    for key, name in (("pat1", "王*兰"), ("pat2", "李*国"))
)
ITEMS = (
    bill_views.ItemRow(name="苯磺酸氨氯地平片", about="5mg×28 片 × 2盒", fen=3360),
    bill_views.ItemRow(name="阿托伐他汀钙片", about="20mg×28 片 × 1盒", fen=3990),
)
DRUGS = bill_views.BillRow(
    value="MZ1:7350",
    department="心血管内科",
    fen=7350,
    until="11月25日 周三 10:02",
    kind="DRUG",
    doctor="周启明",
    when="11月22日 周日 09:31",
    items=ITEMS,
)
BARE = bill_views.BillRow(
    value="MZ2:9600", department="消化内科", fen=9600, until="11月25日 周三 10:02", chosen=False
)
LINES = (
    bill_views.Line(label="心血管内科", fen=7350),
    bill_views.Line(label="消化内科", fen=9600, refused=True),
)
INVOICE = bill_views.InvoiceShown(
    code="99060126", number="0012345678", check_code="8f31aa", fen=7350,
    href="https://einvoice.invalid/99060126/0012345678",
)  # fmt: skip
STAY = bill_views.StayCard(
    visit_no="ZY00012345",
    department="心血管内科",
    span="11月19日 – ",
    open=True,
    deposit_fen=300_000,
    spent_fen=312_500,
    balance_fen=-12_500,
    days=(
        views.Choice(label="11月21日", href=paths.stays("pat1", "ZY1", "2026-11-21"), current=True),
    ),
)
PRICE = bill_views.PriceRow(
    name="血常规（五分类）", about="静脉血 · 检验费 · 250101001", price_fen=2000, unit="次",
    source="云江市医疗服务价格项目",
)  # fmt: skip


def bills(**more: object) -> bill_views.Bills:
    known = {
        "people": PEOPLE,
        "patient_id": "pat1",
        "rows": (DRUGS, BARE),
        "total_fen": 7350,
        "idempotency_key": KEY,
        "verify_href": paths.verify_person("bind1"),
        "stays_href": paths.stays("pat1"),
    }
    return bill_views.Bills(**{**known, **more})


def payment(state: str, **more: object) -> bill_views.BillPayment:
    known = {
        "state": state,
        "title": "门诊缴费 2 项",
        "patient": "王*兰",
        "lines": LINES,
        "fen": 16950,
        "opened_at": "11月22日 周日 10:02",
        "number": "8K2M 4Q7T 0XYZ",
        "again_href": paths.bills("pat1"),
    }
    return bill_views.BillPayment(**{**known, **more})


PAY_BILLS = bill_views.PayBills(
    action=paths.pay_bills("bil1"),
    title="门诊缴费 2 项",
    patient="王*兰",
    lines=LINES[:1],
    fee_fen=7350,
    methods=PAY.methods,
    expires_at="10:17",
    seconds_left=880,
    cancel_action=paths.cancel_bills("bil1"),
    idempotency_key=KEY,
)
ROWS = (
    bill_views.PaymentRow(
        href=paths.bill_payment("bil1"), state="SETTLED", title="门诊缴费 2 项",
        about="王*兰 · 11月22日 周日 10:02", fen=16950,
    ),
)  # fmt: skip
FOUND = {
    "visit_no": "ZY00012345", "name": "李建国", "patient": "李*国", "balance_fen": -12_500,
    "choices": ("1000", "3000"), "least_fen": 10_000, "most_fen": 2_000_000,
}  # fmt: skip
SCREENS: dict[str, tuple[str, views.View]] = {
    "bills": ("bills/page.html", bills()),
    "bills-unread": ("bills/page.html", bills(rows=(BARE,), reads=False)),
    "bills-none": ("bills/page.html", bills(rows=())),
    "bills-silent": ("bills/page.html", bills(rows=(), silent=True, error="暂时没有答复")),
    "bills-pay": ("bills/pay.html", PAY_BILLS),
    "bills-open": (
        "bills/payment.html",
        payment("OPEN", pay_href=paths.pay_bills("bil1"), refresh_href=paths.bill_payment("bil1")),
    ),
    "bills-settled": ("bills/payment.html", payment("SETTLED", refund_fen=9600, invoice=INVOICE)),
    "bills-hidden": ("bills/payment.html", payment("SETTLED", hidden_invoice=True)),
    "bills-refused": ("bills/payment.html", payment("REFUSED", refund_fen=16950)),
    "deposit-settled": ("bills/payment.html", payment("SETTLED", balance_fen=186_500)),
    "bills-records": ("bills/payments.html", bill_views.BillPayments(rows=ROWS)),
    "deposit": ("deposit/page.html", bill_views.Deposit(idempotency_key=KEY, error="没有找到")),
    "deposit-found": ("deposit/page.html", bill_views.Deposit(idempotency_key=KEY, **FOUND)),
    "stays": (
        "stays/page.html",
        bill_views.Stays(people=PEOPLE, stays=(STAY,), day="11月21日 周六", items=ITEMS),
    ),
    "stays-unread": ("stays/page.html", bill_views.Stays(people=PEOPLE, unread=True)),
    "prices": (
        "prices/page.html",
        bill_views.Prices(
            query="xcg", category="", categories=PEOPLE, rows=(PRICE,), more_href=paths.prices()
        ),
    ),
}
