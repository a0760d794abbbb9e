"""What is owed and charged, as views."""

from datetime import date, timedelta

from wx_backend.entrypoints.web.patient import billed
from wx_backend.entrypoints.web.patient.words import words_in
from wx_backend.gateways.his_bills.port import Stay

WORDS, TODAY = words_in("zh-CN"), date(2026, 11, 24)
ADMITTED = TODAY - timedelta(days=60)
STAY = Stay(
    visit_no="ZY1",
    name="李建国",
    department="心血管内科",
    admitted_on=ADMITTED,
    deposit_fen=0,
    spent_fen=0,
)


def days(chosen: date | None) -> list[str]:
    return [one.label for one in billed.stay(STAY, "pat1", chosen, TODAY, WORDS).days]


def test_every_day_of_a_long_stay_is_a_few_taps_away() -> None:
    assert days(None)[0] == days(TODAY)[0] == WORDS.date(TODAY)
    seen, chosen, taps = set(days(None)), TODAY, 0
    while WORDS.date(ADMITTED) not in seen:
        chosen -= timedelta(days=billed.DAYS_SHOWN - 1 if not taps else billed.DAYS_SHOWN // 2 - 1)
        assert WORDS.date(chosen) in seen, "it was offered"
        seen, taps = seen | set(days(chosen)), taps + 1
    assert taps < 10 and len(seen) == 61
    assert days(ADMITTED)[-1] == WORDS.date(ADMITTED), "nothing before"
