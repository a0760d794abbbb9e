"""Routes of the bedside pages."""

from wx_backend.base.errors import NotFound
from wx_backend.base.handler import public
from wx_backend.entrypoints.web.doctor import paths
from wx_backend.entrypoints.web.doctor.pages import acts, alerts, duty, home, messages, tasks
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage

ID = r"([a-z0-9]{5,40})"


class Missing(DoctorPage):
    """Any address under the bedside pages that is none."""

    access = public("an unknown address is answered like one that is not yours")

    def get(self) -> None:
        raise NotFound

    post = get


routes: list[tuple] = [
    (paths.HOME, home.Home),
    (paths.ALERTS, alerts.Alerts),
    (paths.alert(ID), alerts.OneAlert),
    (paths.alert(ID, "name"), alerts.FullName),
    (paths.alert(ID, "report"), alerts.ReportPage),
    (paths.alert(ID, "receive"), acts.Receive),
    (paths.alert(ID, "notify"), acts.NotifyPhysician),
    (paths.alert(ID, "handle"), acts.HandleIt),
    (paths.alert(ID, "close"), acts.CloseIt),
    (paths.alert(ID, "contact"), acts.ContactPatient),
    (paths.alert(ID, "refute"), acts.RefuteIt),
    (paths.alert(ID, "handover"), acts.HandItOver),
    (paths.alert(ID, "takeover"), acts.TakeItOver),
    (paths.TASKS, tasks.Tasks),
    (paths.task(ID, "take"), tasks.Take),
    (paths.task(ID, "release"), tasks.Release),
    (paths.task(ID, "finish"), tasks.Finish),
    (paths.DUTY, duty.OnDutyNow),
    (paths.MESSAGES, messages.Messages),
    (r"/doctor(?:/.*)?", Missing),
]
