"""Any address under the pages that is none."""

from wx_backend.base.errors import NotFound
from wx_backend.base.handler import public
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Missing(PatientPage):
    access = public("an unknown address is answered like one that is not yours")

    def get(self) -> None:
        raise NotFound

    post = get
