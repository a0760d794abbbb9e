"""Cases of verifying at the desk: somebody with a binding, and its code of today."""

from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients import store

ID = r"([a-z0-9]{5,40})"
PATH = "/console/people"


async def _search(stage: Stage, caller: Caller) -> Ask:
    person = await stage.patient(await stage.account("somebody"))
    doc = await stage.ctx.db(store.PATIENTS).get(person.patient_id)
    number = stage.house.vault.open(doc["id_no"], f"patients.id_no:{doc['_id']}")
    return Ask(PATH, fields={"id_no": number}, objects=(person.binding_id, number))


def _claim(sent: bool) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        owner = await stage.account("somebody")
        person = await stage.patient(owner)
        code = await patients.desk_code(stage.as_account(owner), person.binding_id)
        fields = {"code": code, "paper": "ID_CARD", "reason": "本人到场"} if sent else None
        return Ask(f"{PATH}/{person.binding_id}", fields=fields, objects=(person.binding_id, code))

    return Case(make, of="institution")


CASES: dict[str, Case] = {
    f"POST {PATH}": Case(_search, of="institution"),
    f"GET {PATH}/{ID}": _claim(sent=False),
    f"POST {PATH}/{ID}": _claim(sent=True),
}
