"""Cases of proving who somebody is: an account's person whom nobody has verified yet."""

from tests.helpers import his
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients import store
from wx_backend.identity.proofs import service as proofs
from wx_backend.identity.proofs.model import BeginProof

ID = r"([a-z0-9]{5,40})"
API = r"/api/v1/patients/(\w+)/proof"
PAGE = f"/h5/people/{ID}/verify"


async def _unverified(stage: Stage, owner: Caller) -> patients.Person:
    known = {channel.platform for channel in await institutions.channels(stage.ctx)}
    if "his_proof" not in known:
        await his.knows_numbers(stage.hospital)
    person = await stage.patient(owner)
    level = {"$set": {"level": "BOOKING"}}
    await stage.ctx.db(store.BINDINGS).change({"_id": person.binding_id}, level)
    return person


def _asked(path: str) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        person = await _unverified(stage, owner)
        page = not path.startswith("/api/")
        return Ask(
            path.format(person.binding_id),
            fields={} if page else None,
            json=None if page else {"way": "HIS_PHONE"},
            objects=(person.binding_id,),
        )

    return Case(make, of="account")


async def _answer(stage: Stage, owner: Caller) -> Ask:
    person = await _unverified(stage, owner)
    sent = await proofs.begin(stage.as_account(owner), person.binding_id, BeginProof())
    code = (await his.texts(stage.hospital))[-1]
    return Ask(
        f"/api/v1/patients/{person.binding_id}/proof/answer",
        json={"attempt": sent.id, "code": code},
        objects=(person.binding_id, sent.id),
    )


async def _look(stage: Stage, owner: Caller) -> Ask:
    person = await _unverified(stage, owner)
    return Ask(f"/api/v1/patients/{person.binding_id}/proof", objects=(person.binding_id,))


CASES: dict[str, Case] = {
    f"GET {API}": Case(_look, of="account"),
    f"POST {API}": _asked("/api/v1/patients/{}/proof"),
    f"POST {API}/answer": Case(_answer, of="account"),
    f"POST {PAGE}": _asked("/h5/people/{}/verify"),
}
