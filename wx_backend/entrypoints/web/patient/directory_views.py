"""View models of what the hospital says of itself, and of what an account keeps of it.
Conventions: `views.py`.
"""

from typing import Literal

from wx_backend.entrypoints.web.patient.views import Card, Link, View

ClinicState = Literal["OPEN", "FULL", "SHUT"]


class Keep(View):
    """The 收藏 button: posting `action` turns it round; `kept` is how it is now."""

    action: str
    kept: bool
    idempotency_key: str


class ClinicRow(View):
    """One clinic of a doctor: 11月24日 周二 上午. `remaining` numbers are free to everybody."""

    when: str
    place: str
    fee_fen: int
    state: ClinicState
    remaining: int
    href: str


class About(View):
    """`about/page.html`: a doctor, as the hospital introduces them. `years` 0 when unknown."""

    doctor: str
    title: str
    department: str
    department_href: str
    years: int
    good_at: str
    introduction: tuple[str, ...]
    clinics: tuple[ClinicRow, ...]
    book_href: str
    share_href: str
    keep: Keep
    card: Card


class DepartmentAbout(View):
    """`department/page.html`: a department, as the hospital introduces it."""

    name: str
    hint: str
    place: str
    phone: str
    introduction: tuple[str, ...]
    book_href: str
    share_href: str
    keep: Keep
    card: Card


class Favourites(View):
    """`favourites/page.html`, newest first."""

    doctors: tuple[Link, ...]
    departments: tuple[Link, ...]
    error: str = ""


class Share(View):
    """`share/page.html`: the card that friends see, its address, and the same as a picture."""

    card: Card
    picture: str
    back_href: str


class Floor(View):
    """A place of a campus and the departments there."""

    place: str
    departments: tuple[Link, ...]


class Site(View):
    """A campus; empty is what nobody has entered."""

    name: str
    address: str
    phone: str
    hours: str
    way: str
    map_href: str
    floors: tuple[Floor, ...]


class Sites(View):
    """`hospital/page.html`."""

    sites: tuple[Site, ...]
