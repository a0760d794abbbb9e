"""Cases of who else reads: a grown-up verified person, and another account that acts for them."""

from tests.helpers.identity import form
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients import store

ID = r"([a-z0-9]{5,40})"
API = "/api/v1/patients"
PAGE = "/h5/people"


def _case(path: str, as_json: bool = False, sent: bool = False) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        person = await stage.patient(owner)
        await patients.verify(stage.admin, person.binding_id, "DESK")
        doc = await stage.ctx.db(store.PATIENTS).get(person.patient_id)
        number = stage.house.vault.open(doc["id_no"], f"patients.id_no:{doc['_id']}")
        payer = stage.as_account(await stage.account("payer"))
        other = (await patients.add(payer, form(number, "李建国"))).binding_id
        return Ask(
            path.format(person.binding_id, other),
            json={"allowed": False} if sent and as_json else None,
            fields={"allowed": "false"} if sent and not as_json else None,
            objects=(person.binding_id, other),
        )

    return Case(make, of="account")


CASES: dict[str, Case] = {
    rf"GET {API}/(\w+)/readers": _case(f"{API}/{{}}/readers"),
    rf"PUT {API}/(\w+)/readers/(\w+)": _case(f"{API}/{{}}/readers/{{}}", True, True),
    f"GET {PAGE}/{ID}/readers": _case(f"{PAGE}/{{}}/readers"),
    f"POST {PAGE}/{ID}/readers/{ID}": _case(f"{PAGE}/{{}}/readers/{{}}", sent=True),
}
