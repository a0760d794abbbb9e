"""Samples of what the hospital says of itself, and of what an account keeps of it."""

from tests.helpers.samples.common import KEY
from wx_backend.entrypoints.web import qr
from wx_backend.entrypoints.web.patient import directory_views as views
from wx_backend.entrypoints.web.patient import paths
from wx_backend.entrypoints.web.patient.views import Card, Link

DOCTOR, UNIT = paths.doctor("doc1"), paths.department("dep1")
CARD = Card(
    title="周启明 主任医师 · 心血管内科",
    text="高血压、冠心病、心律失常的诊治",
    href=f"https://hospital.example{paths.came_from(DOCTOR, 'share')}",
)
LINKS = (Link(name="周启明 主任医师", about="心血管内科", href=DOCTOR),)


def keep(path: str, kept: bool) -> views.Keep:
    return views.Keep(action=paths.favourite(path), kept=kept, idempotency_key=KEY)


def clinic(when: str, state: str, remaining: int = 0) -> views.ClinicRow:
    return views.ClinicRow(
        when=when,
        place="门诊楼 3 层 A 区 305 诊室",
        fee_fen=5000,
        state=state,
        remaining=remaining,
        href=paths.day("doc1", "2026-11-24"),
    )


ABOUT = views.About(
    doctor="周启明",
    title="主任医师",
    department="心血管内科",
    department_href=UNIT,
    years=28,
    good_at=CARD.text,
    introduction=("心血管内科主任。", "第一次就诊请带上近三个月的心电图。"),
    clinics=(
        clinic("11月24日 周二 上午", "OPEN", 5),
        clinic("11月25日 周三 上午", "FULL"),
        clinic("11月26日 周四 上午", "SHUT"),
    ),
    book_href=DOCTOR,
    share_href=paths.share(DOCTOR),
    keep=keep(DOCTOR, kept=False),
    card=CARD,
)
DEPARTMENT = views.DepartmentAbout(
    name="心血管内科",
    hint="高血压、胸闷、心悸",
    place="滨江院区 门诊楼 3 层 A 区",
    phone="0990-6120301",
    introduction=("设门诊、心内一病区和导管室。",),
    book_href=UNIT,
    share_href=paths.share(UNIT),
    keep=keep(UNIT, kept=True),
    card=CARD,
)
SITE = views.Site(
    name="滨江院区",
    address="云江市滨江路 1 号",
    phone="0990-6120001",
    hours="门诊 08:00–17:30",
    way="地铁 2 号线滨江站",
    map_href="https://uri.amap.com/marker?position=1,2",
    floors=(views.Floor(place="门诊楼 3 层", departments=LINKS),),
)
SHARE = views.Share(card=CARD, picture=qr.picture(CARD.href), back_href=DOCTOR)

SCREENS = {
    "about": ("about/page.html", ABOUT),
    "department": ("department/page.html", DEPARTMENT),
    "favourites": ("favourites/page.html", views.Favourites(doctors=LINKS, departments=LINKS)),
    "favourites-none": ("favourites/page.html", views.Favourites(doctors=(), departments=())),
    "share": ("share/page.html", SHARE),
    "sites": ("hospital/page.html", views.Sites(sites=(SITE,))),
}
