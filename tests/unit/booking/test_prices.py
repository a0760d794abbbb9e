"""When the catalogue is fetched, and when what did not come is kept."""

from datetime import UTC, datetime

import pytest

from booking.prices.model import next_night, removes
from wx_backend.base.search import matches, tokens, wanted


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ((2026, 11, 22, 19, 9), (2026, 11, 22, 19, 10)),
        ((2026, 11, 22, 19, 10), (2026, 11, 23, 19, 10)),
        ((2026, 11, 22, 2, 0), (2026, 11, 22, 19, 10)),
    ],
)
def test_the_next_night_is_ahead(now, night):
    assert next_night(datetime(*now, tzinfo=UTC)) == datetime(*night, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "known", "removed"), [(100, 120, True), (60, 120, True), (59, 120, False), (0, 0, 0)]
)
def test_a_his_that_lost_its_catalogue_does_not_empty_ours(count, known, removed):
    assert removes(count, known) == bool(removed)


@pytest.mark.parametrize("query", ["血常规", "xuechang", "xcg", "2501", "血 常", "血常规 2501"])
def test_an_item_is_found_by_name_sound_initials_and_code(query):
    han, latin = wanted(query)
    assert han or latin
    assert matches(tokens(("血常规（五分类）", "250101001")), query)
