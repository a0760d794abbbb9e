"""What is done with an alert at the bedside; the acts themselves are those of every face."""

from wx_backend.entrypoints.web import alert_acts
from wx_backend.entrypoints.web.doctor.pages.alerts import AlertPage


class Receive(AlertPage, alert_acts.Receive):
    """The value is read back."""


class NotifyPhysician(AlertPage, alert_acts.NotifyPhysician):
    """A physician was told: one of those offered, or by staff number."""


class HandleIt(AlertPage, alert_acts.HandleIt):
    """Measures were taken."""


class CloseIt(AlertPage, alert_acts.CloseIt):
    """The course of disease says so."""


class ContactPatient(AlertPage, alert_acts.ContactPatient):
    """One attempt to reach somebody who is not in the house."""


class HandItOver(AlertPage, alert_acts.HandItOver):
    """A colleague on duty is asked to take over."""


class TakeItOver(AlertPage, alert_acts.TakeItOver):
    """The colleague says yes or no."""


class RefuteIt(AlertPage, alert_acts.RefuteIt):
    """The laboratory confirms that it is none."""
