"""Whose a slot's numbers are, and how many are kept for referred patients."""

from datetime import timedelta

import msgspec

from booking.schedules.model import Pool
from tests.unit.booking.test_slots import NOW, slots
from wx_backend.entrypoints.web.console.pages.pools import referral_share, standing

HOUR = timedelta(hours=1)


def test_a_pool_stands_by_the_clock():
    slot = slots()[0]
    pool = Pool("referral", 4, 5, NOW, release_at=NOW - HOUR)
    assert standing(slot, pool, NOW - 2 * HOUR) == "LATER"
    assert standing(slot, pool, NOW - HOUR) == "KEPT"
    assert standing(slot, pool, NOW) == "RETURNED"


def test_the_share_counts_what_is_open():
    first, second, *_ = slots()
    kept = msgspec.structs.replace(first, pools=(Pool("referral", 4, 5, NOW),))
    assert referral_share([kept]) == 40
    assert referral_share([kept, second]) == 20
    assert referral_share([kept, msgspec.structs.replace(second, state="CLOSED")]) == 40
    assert referral_share([]) == 0
