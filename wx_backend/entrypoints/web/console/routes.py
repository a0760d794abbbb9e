"""Routes of the console."""

from wx_backend.base.errors import NotFound
from wx_backend.base.handler import public
from wx_backend.entrypoints.web.console import menu
from wx_backend.entrypoints.web.console.pages import (
    alert,
    appointments,
    audit,
    channels,
    critical,
    dead_letters,
    entrances,
    me,
    messages,
    people,
    pools,
    rosters,
    rules,
    schedules,
    seals,
    settings,
    sign_in,
    staff,
    stops,
    tasks,
    templates,
    today,
    wecom,
)
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

ID = r"([a-z0-9]{5,40})"
NAME = r"([a-z_]+\.[a-z_]+)"


class Missing(ConsolePage):
    """Any address under the console that is none."""

    access = public("an unknown address is answered like one that is not yours")

    def get(self) -> None:
        raise NotFound

    post = get


routes: list[tuple] = [
    (menu.ROOT, sign_in.Root),
    (menu.SIGN_IN, sign_in.SignIn),
    (f"{menu.SIGN_IN}/code", sign_in.GiveCode),
    (f"{menu.SIGN_IN}/password", sign_in.ChoosePassword),
    (f"{menu.SIGN_IN}/enrol", sign_in.Enrol),
    (f"{menu.ROOT}/signout", sign_in.SignOut),
    (r"/signin/wecom", wecom.Begin),
    (rf"/signin/wecom/{ID}", wecom.Return),
    (menu.ME, me.Me),
    (f"{menu.ME}/password", me.OwnPassword),
    (f"{menu.ME}/recovery", me.OwnRecovery),
    (f"{menu.ROOT}/today", today.Today),
    (f"{menu.ROOT}/appointments", appointments.Appointments),
    (critical.PATH, critical.Board),
    (critical.FIGURES, critical.Figures),
    (critical.WATCH, critical.Watched),
    (rules.PATH, rules.Rules),
    (f"{rules.PATH}/propose", rules.ProposeSeed),
    (rf"{rules.PATH}/change/(\w{{1,20}})", rules.ChangeRule),
    (f"{rules.PATH}/{ID}/decide", rules.DecideRules),
    (f"{critical.PATH}/{ID}", alert.OneAlert),
    (f"{critical.PATH}/{ID}/receive", alert.Receive),
    (f"{critical.PATH}/{ID}/notify", alert.NotifyPhysician),
    (f"{critical.PATH}/{ID}/handle", alert.HandleIt),
    (f"{critical.PATH}/{ID}/close", alert.CloseIt),
    (f"{critical.PATH}/{ID}/contact", alert.ContactPatient),
    (f"{critical.PATH}/{ID}/refute", alert.RefuteIt),
    (f"{critical.PATH}/{ID}/handover", alert.HandItOver),
    (f"{critical.PATH}/{ID}/takeover", alert.TakeItOver),
    (schedules.PATH, schedules.Schedules),
    (f"{schedules.PATH}/{ID}", schedules.OneSchedule),
    (f"{schedules.PATH}/{ID}/deviate", schedules.Deviate),
    (f"{schedules.PATH}/{ID}/redo", schedules.Redo),
    (f"{schedules.PATH}/{ID}/extra", schedules.GiveExtra),
    (f"{stops.PATH}/{ID}", stops.Stop),
    (f"{stops.PATH}/{ID}/{ID}/call", stops.LogCall),
    (f"{stops.PATH}/{ID}/{ID}/answer", stops.AnswerFor),
    (templates.PATH, templates.Templates),
    (f"{templates.PATH}/new", templates.NewTemplate),
    (f"{templates.PATH}/preview", templates.Preview),
    (f"{templates.PATH}/generate", templates.Generate),
    (f"{templates.PATH}/day", templates.DecideDay),
    (f"{templates.PATH}/{ID}", templates.OneTemplate),
    (pools.PATH, pools.Pools),
    (people.PATH, people.People),
    (f"{people.PATH}/{ID}", people.OneClaim),
    (tasks.PATH, tasks.Tasks),
    (f"{tasks.PATH}/{ID}/take", tasks.Take),
    (f"{tasks.PATH}/{ID}/release", tasks.Release),
    (f"{tasks.PATH}/{ID}/finish", tasks.Finish),
    (rosters.PATH, rosters.Rosters),
    (f"{rosters.PATH}/plan", rosters.Plan),
    (f"{rosters.PATH}/{ID}/swap", rosters.Swap),
    (f"{rosters.PATH}/{ID}/cancel", rosters.Cancel),
    (messages.PATH, messages.Messages),
    (dead_letters.PATH, dead_letters.DeadLetters),
    (f"{dead_letters.PATH}/replay", dead_letters.Replay),
    (f"{dead_letters.PATH}/replay-message", dead_letters.ReplayMessage),
    (dead_letters.MEND, dead_letters.Mend),
    (f"{dead_letters.MESSAGE}/{ID}", dead_letters.Letter),
    (f"{dead_letters.MESSAGE}/{ID}/dismiss", dead_letters.Dismiss),
    (channels.PATH, channels.Channels),
    (f"{channels.PATH}/{ID}/test", channels.Test),
    (f"{channels.PATH}/{ID}/menu", entrances.Menu),
    (f"{channels.PATH}/{ID}/menu/publish", entrances.Publish),
    (f"{channels.PATH}/{ID}/codes", entrances.Codes),
    (settings.PATH, settings.Settings),
    (f"{settings.PATH}/propose", settings.Propose),
    (f"{settings.PATH}/{NAME}", settings.History),
    (f"{settings.PATH}/{ID}/decide", settings.Decide),
    (staff.PATH, staff.Staff),
    (f"{staff.PATH}/new", staff.NewMember),
    (f"{staff.PATH}/{ID}", staff.OneMember),
    (f"{staff.PATH}/{ID}/describe", staff.Describe),
    (f"{staff.PATH}/{ID}/grant", staff.Grant),
    (f"{staff.PATH}/{ID}/hand-out", staff.HandOut),
    (f"{staff.PATH}/{ID}/leave", staff.Leave),
    (audit.PATH, audit.Audit),
    (seals.PATH, seals.Seals),
    (f"{seals.PATH}/{ID}", seals.OneCheck),
    (r"/console(?:/.*)?", Missing),
]
