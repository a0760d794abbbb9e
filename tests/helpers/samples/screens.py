"""All sample screens of the patient pages: short name -> (template, view model)."""

from tests.helpers.samples import (
    account,
    bills,
    booking,
    directory,
    move,
    restriction,
    stop,
    waiting,
)

SCREENS = {
    **booking.SCREENS,
    **bills.SCREENS,
    **account.SCREENS,
    **directory.SCREENS,
    **restriction.SCREENS,
    **stop.SCREENS,
    **move.SCREENS,
    **waiting.SCREENS,
}
