"""Verified without walking to the desk: a code to the number that the HIS has, and all that may go
wrong with it.
"""

import asyncio
from collections import Counter
from datetime import datetime, time, timedelta

import httpx
import pytest

from tests.helpers.houses import bare_house, forget
from tests.helpers.http import PLAIN
from tests.helpers.identity import COLLECTIONS, PHONE, add_self, form, id_no, signed_in, stored
from tests.helpers.sandbox import Sandbox
from wx_backend.base.audit import RECORDS
from wx_backend.base.clock import local_time
from wx_backend.base.errors import AppError, NotFound, WrongState
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec, NoChannel
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.sandbox.his.proofs import phone_of
from wx_backend.identity.patients import access
from wx_backend.identity.patients import service as patients
from wx_backend.identity.proofs import service as proofs
from wx_backend.identity.proofs.model import (
    BeginProof,
    ProofAnswer,
    ProofCodeWrong,
    ProofOver,
    ProofSilent,
    ProofUnavailable,
    ProofUsedUp,
)
from wx_backend.identity.proofs.store import PROOFS

NUMBER = id_no("1984-05-06", 1)
FILED = phone_of(NUMBER)
BEGIN = "/his/proofs/v1/attempts/*"
ANSWER = "/his/proofs/v1/attempts/*/answers"


class His:
    """The hospital's system, as the sandbox lets us look into it."""

    def __init__(self, sandbox: Sandbox):
        self.url = sandbox.url

    def ctl(self, path: str, **body) -> None:
        answer = httpx.post(f"{self.url}/_ctl/{path}", json=body, **PLAIN)
        assert answer.status_code == 200, answer.text

    def fault(self, endpoint: str, kind: str) -> None:
        self.ctl("faults", endpoint=endpoint, kind=kind)

    def texts(self, phone: str = "") -> list[str]:
        asked = {"phone": phone}
        return [
            one["code"]
            for one in httpx.get(f"{self.url}/_ctl/his/proofs", params=asked, **PLAIN).json()
        ]


@pytest.fixture
async def house(mongo_uri, sandbox):
    """At nine in the morning: a day is a limit."""
    async with bare_house(mongo_uri, [*COLLECTIONS, PROOFS]) as house:
        here = local_time(house.wire.now())
        nine = datetime.combine(here.date() + timedelta(days=1), time(9), here.tzinfo)
        house.business.offset = nine - here
        yield house


@pytest.fixture
async def his(house, sandbox):
    made = His(sandbox)
    made.ctl("clear", what=["his", "faults"])
    given = read_env(sandbox.home / "sandbox.env")
    spec = ChannelSpec(
        "his_proof",
        {"secret": given["WX_SANDBOX_HIS_SECRET"]},
        appid=given["WX_SANDBOX_HIS_KEY"],
        params={"url": f"{sandbox.url}/his"},
    )
    await institutions.register_channel(house.ctx("ins1"), spec)
    forget(house)
    return made


@pytest.fixture
def owner(house):
    return signed_in(house)


async def begin(ctx, key):
    return await proofs.begin(ctx, key, BeginProof())


async def answer(ctx, key, attempt, code):
    await proofs.answer(ctx, key, ProofAnswer(attempt=attempt, code=code))


async def attempts(house) -> list[dict]:
    return await house.db.raw("proofs").find().sort("began_at").to_list(None)


def others(code: str) -> list[str]:
    """Three codes that are not this one."""
    return [f"{(int(code) + n) % 10**6:06}" for n in (1, 2, 3)]


async def test_the_right_code_verifies_once(house, owner, his):
    person = await add_self(owner)
    assert (await proofs.proving(owner, person.binding_id)).ways == ["HIS_PHONE"]
    sent = await begin(owner, person.binding_id)
    assert (sent.to, sent.left) == (FILED[-4:], 3)
    assert (await proofs.proving(owner, person.binding_id)).attempt == sent
    [code] = his.texts(FILED)
    await answer(owner, person.binding_id, sent.id, f" {code[:3]} {code[3:]} ")
    assert (await access.may_read(owner, person.patient_id)).level == "VERIFIED"
    before = await stored(house), await attempts(house)
    await answer(owner, person.binding_id, sent.id, code)
    with pytest.raises(WrongState):
        await begin(owner, person.binding_id)
    assert (await stored(house), await attempts(house)) == before
    [binding] = before[0][1]
    told = [e["data"]["method"] for e in binding["outbox"] if e["type"] == "binding.verified"]
    assert (told, binding["verified"]["method"]) == (["HIS_PHONE"], "HIS_PHONE")
    found = await owner.db(RECORDS).month(owner.wire_now()).find()
    actions = Counter(one["action"] for one in found)
    assert (actions["account:proof:begun"], actions["account:binding:verified"]) == (1, 1)


async def test_no_number_and_no_code_is_stored_or_typed_by_the_account(house, owner, his):
    """The code goes where the HIS says, never to the number of the form."""
    person = await add_self(owner)
    await begin(owner, person.binding_id)
    [code], kept = his.texts(FILED), str(await attempts(house))
    assert his.texts(PHONE) == []
    for secret in (NUMBER, FILED, FILED[-4:], code):
        assert secret not in kept


async def test_who_is_known_at_the_hospital_is_not_told(house, owner, his):
    """Nobody of that number, nobody of that name, and nothing on file: the same words."""
    person, told = await add_self(owner), []
    for name, phone in (("", ""), ("李建中", FILED), ("李建国", "")):
        his.ctl("his/proofs", id_no=NUMBER, name=name, phone=phone)
        with pytest.raises(ProofUnavailable) as refused:
            await begin(owner, person.binding_id)
        told.append((refused.value.message, refused.value.data))
    assert told == [(ProofUnavailable.message, {})] * 3
    kept = [{**one, "_id": "", "claims": [], "began_at": "", "expires_at": ""} for one in
            await attempts(house)]  # fmt: skip
    assert kept[0] == kept[1] == kept[2]
    assert his.texts() == []


async def test_three_codes_and_no_more(house, owner, his):
    person = await add_self(owner)
    sent = await begin(owner, person.binding_id)
    [code] = his.texts()
    wrong, left = others(code), []
    for typed in (wrong[0], wrong[0], wrong[1], wrong[2]):
        with pytest.raises(ProofCodeWrong) as refused:
            await answer(owner, person.binding_id, sent.id, typed)
        left.append(refused.value.data["left"])
    assert left == [2, 2, 1, 0]
    before = await stored(house)
    with pytest.raises(ProofOver):
        await answer(owner, person.binding_id, sent.id, code)
    assert await stored(house) == before
    again = await begin(owner, person.binding_id)
    await answer(owner, person.binding_id, again.id, his.texts()[-1])


async def test_a_late_answer_changes_nothing(house, owner, his):
    person = await add_self(owner)
    sent = await begin(owner, person.binding_id)
    house.business.offset += timedelta(minutes=10)
    before = await stored(house), await attempts(house)
    with pytest.raises(ProofOver):
        await answer(owner, person.binding_id, sent.id, his.texts()[0])
    assert (await stored(house), await attempts(house)) == before
    assert (await proofs.proving(owner, person.binding_id)).attempt is None


async def test_another_code_after_a_minute_takes_the_place_of_the_first(house, owner, his):
    person = await add_self(owner)
    first = await begin(owner, person.binding_id)
    assert await begin(owner, person.binding_id) == first
    house.business.offset += timedelta(minutes=1)
    second = await begin(owner, person.binding_id)
    old, new = his.texts()
    with pytest.raises(ProofOver):
        await answer(owner, person.binding_id, first.id, old)
    await answer(owner, person.binding_id, second.id, new)


async def test_a_phone_is_not_flooded_by_one_account_or_by_many(house, owner, his):
    mine = await add_self(owner)
    for _ in range(5):
        await begin(owner, mine.binding_id)
        house.business.offset += timedelta(minutes=1)
    stranger = signed_in(house)
    theirs = await patients.add(stranger, form(NUMBER, "李建国"))
    for ctx, person in ((owner, mine), (stranger, theirs)):
        with pytest.raises(ProofUsedUp):
            await begin(ctx, person.binding_id)
    assert len(his.texts(FILED)) == 5
    for n in (2, 3):
        other = await patients.add(owner, form(id_no("1984-05-06", n)))
        for _ in range(4 if n == 2 else 1):
            await begin(owner, other.binding_id)
            house.business.offset += timedelta(minutes=1)
    with pytest.raises(ProofUsedUp):
        await begin(owner, other.binding_id)
    house.business.offset += timedelta(days=1)
    await begin(owner, other.binding_id)


@pytest.mark.parametrize("kind", ["his_error", "lost_reply", "reset", "html"])
async def test_a_silent_his_is_asked_again_for_the_same_code(house, owner, his, kind):
    person = await add_self(owner)
    his.fault(BEGIN, kind)
    with pytest.raises(ProofSilent):
        await begin(owner, person.binding_id)
    sent = (await proofs.proving(owner, person.binding_id)).attempt
    assert sent and sent.to == ""
    if kind != "lost_reply":
        assert (await begin(owner, person.binding_id)).to == FILED[-4:]
    [code] = his.texts()
    his.fault(ANSWER, kind)
    with pytest.raises(ProofSilent):
        await answer(owner, person.binding_id, sent.id, code)
    await answer(owner, person.binding_id, sent.id, code)
    assert (await proofs.proving(owner, person.binding_id)).level == "VERIFIED"
    assert [len(one["given"]) for one in await attempts(house)] == [1]


async def test_a_his_that_forgets_or_refuses_leaves_the_way_open(house, owner, his):
    person = await add_self(owner)
    his.fault(BEGIN, "his_forget")
    sent = await begin(owner, person.binding_id)
    with pytest.raises(ProofOver):
        await answer(owner, person.binding_id, sent.id, his.texts()[0])
    sent = await begin(owner, person.binding_id)
    his.fault(ANSWER, "his_refuse")
    with pytest.raises(ProofSilent):
        await answer(owner, person.binding_id, sent.id, his.texts()[1])
    await answer(owner, person.binding_id, sent.id, his.texts()[1])


async def outcomes(*acts) -> Counter:
    found = await asyncio.gather(*acts, return_exceptions=True)
    assert all(one is None or isinstance(one, AppError) or hasattr(one, "id") for one in found)
    return Counter(getattr(one, "code", "ok") for one in found)


async def test_at_once(house, owner, his):
    """Many taps send one text; many guesses are three; many right answers verify once."""
    person = await add_self(owner)
    key = person.binding_id
    assert await outcomes(*(begin(owner, key) for _ in range(8))) == {"ok": 8}
    [code], [one] = his.texts(), await attempts(house)
    guesses = [f"{(int(code) + n) % 10**6:06}" for n in range(1, 11)]
    told = await outcomes(*(answer(owner, key, one["_id"], typed) for typed in guesses))
    assert told["proof_code_wrong"] <= 3 and "ok" not in told
    [one] = await attempts(house)
    assert (len(one["given"]), one["state"]) == (3, "FAILED")
    sent = await begin(owner, key)
    right = his.texts()[-1]
    assert await outcomes(*(answer(owner, key, sent.id, right) for _ in range(8))) == {"ok": 8}
    _, [binding] = await stored(house)
    assert [e["type"] for e in binding["outbox"]].count("binding.verified") == 1


async def test_a_code_is_for_one_binding_of_one_account(house, owner, his):
    mine, stranger = await add_self(owner), signed_in(house)
    theirs = await patients.add(stranger, form(NUMBER, "李建国"))
    sent = await begin(owner, mine.binding_id)
    [code] = his.texts()
    before = await stored(house), await attempts(house)
    for ctx, key in ((stranger, mine.binding_id), (stranger, theirs.binding_id)):
        with pytest.raises(NotFound):
            await answer(ctx, key, sent.id, code)
    with pytest.raises(NotFound):
        await begin(stranger, mine.binding_id)
    assert (await stored(house), await attempts(house)) == before


async def test_who_was_removed_and_added_again_proves_anew(house, owner, his):
    person = await add_self(owner)
    sent = await begin(owner, person.binding_id)
    await patients.remove(owner, person.binding_id)
    house.business.offset += timedelta(seconds=1)
    await add_self(owner)
    assert (await proofs.proving(owner, person.binding_id)).attempt is None
    before = await stored(house)
    with pytest.raises(NotFound):
        await answer(owner, person.binding_id, sent.id, his.texts()[0])
    assert await stored(house) == before
    assert (await begin(owner, person.binding_id)).id != sent.id


async def test_without_such_a_his_the_desk_is_the_only_way(house, owner):
    person = await add_self(owner)
    assert (await proofs.proving(owner, person.binding_id)).ways == []
    with pytest.raises(NoChannel):
        await begin(owner, person.binding_id)
    assert await attempts(house) == []
