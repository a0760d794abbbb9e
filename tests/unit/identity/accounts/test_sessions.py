"""Sessions and those that ended early."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from wx_backend.identity.accounts.sessions import issue, recognise
from wx_backend.identity.revocations.model import ALL, Revoked
from wx_backend.identity.revocations.service import VIEW

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def revoked() -> Revoked:
    return Revoked()


@pytest.fixture
def house(revoked):
    return SimpleNamespace(views={VIEW: revoked})


def claims(epoch: int = 1) -> dict:
    return issue("acc1", "chn1", "ins1", epoch)


def test_claims_come_back_as_who_signed_in(house):
    session = recognise(house, claims())
    assert (session.account, session.channel, session.inst) == ("acc1", "chn1", "ins1")
    assert (session.actor.kind, session.actor.id) == ("account", "acc1")


def test_every_session_has_an_id_of_its_own():
    assert claims()["id"] != claims()["id"]


@pytest.mark.parametrize("wrong", [None, {}, {"account": "acc1"}, {**claims(), "epoch": "1"}])
def test_anything_else_is_nobody(house, wrong):
    assert recognise(house, wrong) is None


def test_one_session_ends_and_others_stay(house, revoked):
    one, other = claims(), claims()
    revoked.mark(one["id"], ALL, LATER)
    assert recognise(house, one) is None
    assert recognise(house, other)


def test_all_sessions_of_an_older_epoch_end(house, revoked):
    revoked.mark("acc1", 2, LATER)
    assert recognise(house, claims(1)) is None
    assert recognise(house, claims(2))


def test_an_older_revocation_never_undoes_a_newer_one(house, revoked):
    revoked.mark("acc1", 3, LATER)
    revoked.mark("acc1", 2, LATER)
    assert recognise(house, claims(2)) is None


def test_what_ran_out_by_itself_is_forgotten(house, revoked):
    revoked.mark("acc1", 2, NOW)
    revoked.mark("acc2", 2, LATER)
    revoked.forget(NOW)
    assert recognise(house, claims(1))
    assert recognise(house, {**claims(1), "account": "acc2"}) is None
