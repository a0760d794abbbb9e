"""All sample screens of the patient pages: short name -> (template, view model)."""

from tests.helpers.samples import account, booking, stop

SCREENS = {**booking.SCREENS, **account.SCREENS, **stop.SCREENS}
