"""An attempt's time, its codes, and what is no code."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from wx_backend.base.errors import Invalid
from wx_backend.gateways.proof.port import Way
from wx_backend.identity.patients.model import Method
from wx_backend.identity.proofs.model import AGAIN, LIFE, PROOF, Attempt, Given, clean_code

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
SENT = Attempt(
    id="prf1", inst="ins1", way="HIS_PHONE", account="acc1", binding="bnd1", patient_id="pat1",
    since=NOW, state="SENT", began_at=NOW, expires_at=NOW + LIFE, claims=("open:bnd1",),
)  # fmt: skip
TICK = timedelta(milliseconds=1)


def test_every_way_is_a_method_of_verifying():
    assert set(Way.__args__) == set(Method.__args__) - {"DESK"}


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "１２３４５６"])
def test_a_code_as_people_type_it(typed):
    assert clean_code(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "123", "12345a", "١٢٣٤٥٦", "123456789"])
def test_what_is_no_code(typed):
    with pytest.raises(Invalid) as wrong:
        clean_code(typed)
    assert list(wrong.value.data["fields"]) == ["code"]


def test_ten_minutes_to_the_tick():
    assert SENT.open(NOW + LIFE - TICK)
    assert not SENT.open(NOW + LIFE)


def test_another_code_after_a_minute_but_not_while_nobody_knows_of_this_one():
    assert SENT.on_its_way(NOW + AGAIN - TICK)
    assert not SENT.on_its_way(NOW + AGAIN)
    asking = msgspec.structs.replace(SENT, state="ASKING")
    assert asking.on_its_way(NOW + LIFE - TICK)
    assert not asking.on_its_way(NOW + LIFE)


@pytest.mark.parametrize("state", sorted(PROOF.terminal))
def test_what_has_ended_takes_no_answers(state):
    assert not msgspec.structs.replace(SENT, state=state).open(NOW)


def test_a_code_counts_once():
    given = (Given("a", wrong=True), Given("b"))
    attempt = msgspec.structs.replace(SENT, given=given)
    assert (attempt.left, attempt.tried("a"), attempt.tried("c")) == (1, given[0], None)
