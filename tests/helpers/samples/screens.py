"""All sample screens of the patient pages: short name -> (template, view model)."""

from tests.helpers.samples import account, booking, directory, move, stop, waiting

SCREENS = {
    **booking.SCREENS,
    **account.SCREENS,
    **directory.SCREENS,
    **stop.SCREENS,
    **move.SCREENS,
    **waiting.SCREENS,
}
