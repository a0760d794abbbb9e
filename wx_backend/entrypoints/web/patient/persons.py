"""就诊人 as views: to choose from, to list, to add. Pure."""

from collections.abc import Mapping

from booking.appointments.model import AgeNotSeen, check_age
from wx_backend.directory.departments.model import Department
from wx_backend.entrypoints.web.patient import account_views, paths, views
from wx_backend.entrypoints.web.patient.words import Words
from wx_backend.identity.patients.model import RELATIONS, Person, Reader


def choices(
    people: list[Person], unit: Department, chosen: str, words: Words
) -> tuple[views.PersonChoice, ...]:
    """``chosen`` or else the default person; who is too young or too old for ``unit`` says so."""
    refused = {one.patient_id: _refused(one, unit) for one in people}
    fit = [one for one in people if not refused[one.patient_id]]
    first = next((one for one in fit if one.is_default), fit[0] if fit else None)
    marked = chosen or (first.patient_id if first else "")
    return tuple(
        views.PersonChoice(
            patient_id=one.patient_id,
            name=one.name,
            relation=words.relations[one.relation],
            id_no=one.id_no,
            chosen=one.patient_id == marked and not refused[one.patient_id],
            refused=refused[one.patient_id],
        )
        for one in people
    )


def _refused(person: Person, unit: Department) -> str:
    try:
        check_age(person.age, unit.min_age, unit.max_age)
    except AgeNotSeen as refusal:
        return refusal.message
    return ""


def row(person: Person, words: Words) -> account_views.PersonRow:
    return account_views.PersonRow(
        name=person.name,
        relation=words.relations[person.relation],
        about=words.age(person.age, person.sex),
        id_no=person.id_no,
        verified=person.reads,
        payer=person.payer,
        outgrown=person.outgrown,
        readers_href=paths.readers(person.binding_id) if person.decides else "",
        remove_href=paths.remove_person(person.binding_id),
        default_action=paths.default_person(person.binding_id),
        default=person.is_default,
        guardian=person.guardian,
        verify_href="" if person.level == "VERIFIED" else paths.verify_person(person.binding_id),
    )


def reader(binding_id: str, one: Reader, words: Words) -> account_views.ReaderRow:
    return account_views.ReaderRow(
        relation=words.relations[one.relation],
        phone=one.phone,
        reads=one.reads,
        allowed=one.reading == "ALLOWED" or (one.reading == "USUAL" and not one.outgrown),
        action=paths.reader(binding_id, one.binding_id),
    )


def form(
    guardians: list[Person],
    next_href: str,
    key: str,
    words: Words,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> account_views.PersonForm:
    """The form with what was ``typed`` and what is wrong with it, by field name."""
    return account_views.PersonForm(
        relations=tuple(
            views.Choice(
                label=words.relations[name], value=name, current=typed.get("relation") == name
            )
            for name in RELATIONS
        ),
        guardians=tuple(
            views.Choice(
                label=one.name,
                value=one.patient_id,
                current=typed.get("guardian") == one.patient_id,
            )
            for one in guardians
        ),
        next_href=next_href,
        idempotency_key=key,
        name=typed.get("name", ""),
        id_no=typed.get("id_no", ""),
        phone=typed.get("phone", ""),
        agreed=bool(typed.get("agreed")),
        payer=bool(typed.get("payer")),
        guardian_agreed=bool(typed.get("guardian_agreed")),
        errors=dict(errors),
        action=paths.add_person(next_href),
    )
