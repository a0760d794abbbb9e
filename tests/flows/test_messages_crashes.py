"""A worker killed at every write between an event and the phone; another one takes over."""

import signal

import pytest

from notify.messages import store
from notify.messages.model import SENT, UNKNOWN
from notify.relay.store import DELIVERIES
from tests.helpers.crash_child import sweeps, work
from tests.helpers.forks import ended
from tests.helpers.told import ORDERS, told
from wx_backend.base.audit import RECORDS
from wx_backend.base.sweeper import crank


async def killed_after(hospital, mongo_uri, writes, event, who) -> int:
    """Runs the child to its end; its return code."""
    database = hospital.house.db.raw("meta").database.name
    return await ended(work, mongo_uri, database, hospital.url, writes, event, who)


async def leases_end(hospital) -> None:
    month = hospital.ctx.wire_now()
    for table in (hospital.ctx.db(DELIVERIES), hospital.ctx.db(store.MESSAGES).month(month)):
        await table.change_many({}, {"$unset": {"leased_until": ""}})


WRITES = 10
"""Order, audit, delivery, event gone, claim, message, done, claim, SENDING, SENT."""
SENDING_WRITTEN = 9


@pytest.mark.parametrize("writes", range(1, WRITES + 2))
async def test_one_event_is_one_message_wherever_the_worker_dies(mongo_uri, tmp_path, writes):
    async with told(mongo_uri, tmp_path) as hospital:
        account = await hospital.account()
        code = await killed_after(hospital, mongo_uri, writes, "appointment.booked", account)
        assert code == (-signal.SIGKILL if writes <= WRITES else 0)
        await leases_end(hospital)
        await crank(hospital.house, sweeps())

        [message] = await hospital.stored()
        cards = [card["client_msg_id"] for card in hospital.cards()]
        if writes == SENDING_WRITTEN:
            assert (message["state"], cards) == (UNKNOWN, [])
        else:
            assert (message["state"], cards) == (SENT, [message["_id"]])
        month = hospital.ctx.wire_now()
        audited = await hospital.ctx.db(RECORDS).month(month).find({"subject": "apt1"})
        assert len(audited) == 1
        assert {doc["state"] for doc in await hospital.ctx.db(DELIVERIES).find()} == {"DONE"}
        assert await hospital.ctx.db(ORDERS).outboxes(10) == []


ALERT_WRITES = 11
"""As above, and the member's pace before SENDING."""


@pytest.mark.parametrize("writes", range(1, ALERT_WRITES + 2))
async def test_one_alert_is_one_card_wherever_the_worker_dies(mongo_uri, tmp_path, writes):
    async with told(mongo_uri, tmp_path) as hospital:
        hospital.running.box.corp.agent.server = "http://127.0.0.1:9/cb"
        member = await hospital.member("zhou-qiming")
        code = await killed_after(hospital, mongo_uri, writes, "critical.raised", member)
        assert code == (-signal.SIGKILL if writes <= ALERT_WRITES else 0)
        await leases_end(hospital)
        await crank(hospital.house, sweeps())

        [message] = await hospital.stored()
        [card] = hospital.running.box.corp.mailbox.deliveries("zhou-qiming")
        assert (message["state"], card["task_id"]) == (SENT, message["_id"])
        assert (card["fate"], len(message["codes"])) == ("shown", 1)
