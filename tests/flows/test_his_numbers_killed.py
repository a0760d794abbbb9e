"""Killed after a write while a number is locked, confirmed and released at the HIS: run again, both
books are as if nothing had happened.

Every eighth write, another eighth with each day.
"""

import signal
from datetime import UTC, datetime

from booking.appointments.store import APPOINTMENTS
from booking.locks.store import DAYS, LOCKS
from notify.relay import store as relay_store
from tests.drill.scene import LONG_AGO
from tests.helpers import his_child
from tests.helpers.forks import ended
from tests.helpers.houses import bare_house
from tests.helpers.http import http_client
from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions import store as institution_store
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints.cli.home import read_env

STEP = 8
MOST = 60
"""More writes than the story has."""
COLLECTIONS = [APPOINTMENTS, LOCKS, DAYS, relay_store.DELIVERIES, institution_store.CHANNELS]


async def died(uri: str, database: str, crash_after: int) -> bool:
    code = await ended(his_child.work, uri, database, crash_after)
    assert code in (0, -signal.SIGKILL)
    return code != 0


async def prepare(house: House, sandbox: Sandbox) -> None:
    given = read_env(sandbox.home / "sandbox.env")
    await institutions.register_channel(
        house.ctx(his_child.INST),
        ChannelSpec(
            "his_numbers",
            {"secret": given["WX_SANDBOX_HIS_SECRET"]},
            appid=given["WX_SANDBOX_HIS_KEY"],
            params={"url": f"{sandbox.url}/his"},
        ),
    )


async def end_leases(house: House) -> None:
    """As if the minute had passed after which work of the dead is taken over."""
    for one in COLLECTIONS:
        await house.db.raw(one.name).update_many(
            {"leased_until": {"$exists": True}}, {"$set": {"leased_until": LONG_AGO}}
        )


async def forget(house: House) -> None:
    for one in (APPOINTMENTS, LOCKS, DAYS, relay_store.DELIVERIES):
        await house.db.raw(one.name).delete_many({})


async def test_the_story_killed_after_a_write_ends_the_same(mongo_uri, sandbox):
    deaths, dies, name = 0, True, ids.new("test")
    async with (
        http_client(sandbox.url) as http,
        bare_house(mongo_uri, COLLECTIONS, name) as house,
    ):
        await prepare(house, sandbox)
        for n in range(1 + datetime.now(UTC).toordinal() % STEP, MOST, STEP):
            await http.post("/_ctl/clear", json={"what": "his"})
            dies = await died(mongo_uri, name, n)
            deaths += dies
            await end_leases(house)
            await his_child.tell(house.ctx(his_child.INST))
            [one] = await house.db.raw("appointments").find().to_list(None)
            locks = await house.db.raw("number_locks").find().to_list(None)
            [theirs] = (await http.get("/_ctl/his/books")).json()
            assert (one["state"], one.get("active"), one["outbox"]) == ("CANCELLED", None, [])
            ours = [(doc["_id"], doc["state"], doc["asking"], doc.get("due_at")) for doc in locks]
            assert ours == [(theirs["lock"], "RELEASED", "", None)], f"killed after write {n}"
            assert theirs["state"] == "RELEASED", f"killed after write {n}"
            await forget(house)
            if not dies:
                break
    print(f"killed {deaths} times, the last telling needs fewer than {n} writes")
    assert deaths >= 3, "the story was not killed where it matters"
    assert not dies, "the last telling survives: no write is left to die after"
