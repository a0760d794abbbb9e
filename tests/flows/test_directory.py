"""Places, platform accounts and parameters, on a real database."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.helpers.identity import INST, identity_house
from wx_backend.base import shift
from wx_backend.base.cache import recent
from wx_backend.base.context import Actor
from wx_backend.base.errors import Forbidden, Invalid, NotFound, WrongState
from wx_backend.base.secrets import Unreadable, Vault
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.directory.institutions import clients
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import (
    ChannelIncomplete,
    ChannelSpec,
    ChannelUnusable,
    Institution,
    NoChannel,
)
from wx_backend.directory.settings import service as settings
from wx_backend.directory.settings.model import OwnProposal

SECRETS = {"secret": "app-secret", "token": "callback-token", "aes_key": "a" * 43}
WINDOW = "booking.window_days"


@pytest.fixture
def ctx(house):
    return house.ctx(INST)


def staff(house, name: str, inst: str = INST):
    return house.ctx(inst, Actor("staff", name))


async def raw(house, name: str) -> list[dict]:
    return await house.db.raw(name).find().sort("_id").to_list(None)


class TestInstitutions:
    async def test_found_by_host_name(self, house):
        hospital = Institution(
            id=INST, code="H1", name="医院", level="三级", phone="1", hosts=("h.test",)
        )
        silent = Institution(id="ins2", code="H2", name="中心", level="社区", phone="2")
        third = Institution(id="ins3", code="H3", name="诊所", level="社区", phone="3")
        for one in (hospital, silent, third):
            await institutions.register(house.ctx(None), one)
        assert institutions.by_host(house, "h.test") is None, "nobody has looked yet"
        await institutions.refresh(house)
        assert institutions.by_host(house, "H.test:8443") == INST
        assert institutions.by_host(house, "other.test") is None
        assert await institutions.institution(house.ctx(INST)) == hospital

    async def test_an_unknown_one_is_not_found(self, house):
        for inst in (None, "ins9"):
            with pytest.raises(NotFound):
                await institutions.institution(house.ctx(inst))


class TestChannels:
    async def test_credentials_are_sealed(self, house, ctx):
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        (stored,) = await raw(house, "channels")
        assert not any(value in str(stored) for value in SECRETS.values())
        channel = await institutions.channel_for(ctx, "wechat")
        assert {name: clients.credential(house, channel, name) for name in SECRETS} == SECRETS

    async def test_a_secret_moved_to_another_channel_does_not_open(self, house, ctx):
        one = await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        other = await institutions.register_channel(
            ctx, ChannelSpec("wechat", SECRETS, appid="wx2")
        )
        other.secrets["secret"] = one.secrets["secret"]
        with pytest.raises(Unreadable):
            clients.credential(house, other, "secret")

    async def test_registering_again_changes_nothing(self, house, ctx):
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        before = await raw(house, "channels")
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        assert await raw(house, "channels") == before

    async def test_new_credentials_raise_the_version_and_are_used_at_once(self, house, ctx):
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        old = await institutions.channel_for(ctx, "wechat")
        await institutions.register_channel(
            ctx, ChannelSpec("wechat", {**SECRETS, "secret": "b"}, appid="wx1")
        )
        new = await institutions.channel_for(ctx, "wechat")
        assert (new.id, new.version) == (old.id, 2)
        assert clients.credential(house, new, "secret") == "b"
        assert await institutions.channel(ctx, old.id) == new

    async def test_a_wecom_application_gets_its_client(self, house, ctx):
        given = {"appid": "ww1", "params": {"agent_id": "1000002"}}
        await institutions.register_channel(ctx, ChannelSpec("wecom", SECRETS, **given))
        channel = await institutions.channel_for(ctx, "wecom")
        client = await institutions.wecom(ctx, channel)
        assert await institutions.wecom(ctx, channel) is client
        assert "?appid=ww1&" in client.authorize_url("http://h.test/back", "s1")
        assert client.authorize_url("http://h.test/back", "s1").endswith(
            "&agentid=1000002#wechat_redirect"
        )

    @pytest.mark.parametrize(
        ("platform", "secrets", "missing"),
        [
            ("wechat_mini", {"secret": "s"}, {"secrets.token", "secrets.aes_key"}),
            ("wecom", SECRETS, {"params.agent_id"}),
        ],
    )
    async def test_an_account_that_could_not_be_used_is_not_stored(
        self, house, ctx, platform, secrets, missing
    ):
        with pytest.raises(ChannelIncomplete) as refused:
            await institutions.register_channel(ctx, ChannelSpec(platform, secrets, appid="wx1"))
        assert refused.value.data["fields"].keys() == missing
        assert await raw(house, "channels") == []

    async def test_a_stored_one_that_cannot_be_used_says_why(self, house, ctx):
        whole = await institutions.register_channel(
            ctx, ChannelSpec("wechat_mini", SECRETS, appid="wx1")
        )
        lame = msgspec.structs.replace(whole, secrets={"secret": whole.secrets["secret"]})
        with pytest.raises(ChannelUnusable) as refused:
            await institutions.wechat(ctx, lame)
        assert refused.value.data["fields"].keys() == {"secrets.token", "secrets.aes_key"}
        house.vault = Vault({"v2": b"n" * 32}, b"i" * 32)
        with pytest.raises(ChannelUnusable) as refused:
            await institutions.wechat(ctx, whole)
        assert refused.value.data["fields"] == {"secrets": "无法解密"}

    async def test_sealed_under_an_older_key_it_still_opens(self, house, ctx):
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        house.vault = Vault({"v1": b"k" * 32, "v2": b"n" * 32}, b"i" * 32)
        channel = await institutions.channel_for(ctx, "wechat")
        assert clients.credential(house, channel, "secret") == "app-secret"

    async def test_two_rotations_at_once_are_not_mixed(self, house, ctx):
        await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        results = await asyncio.gather(
            *(
                institutions.register_channel(
                    ctx,
                    ChannelSpec(
                        "wechat", {**SECRETS, "secret": f"s{n}", "token": f"t{n}"}, appid="wx1"
                    ),
                )
                for n in range(5)
            ),
            return_exceptions=True,
        )
        done = sum(not isinstance(one, Exception) for one in results)
        assert done >= 1
        assert all(isinstance(one, WrongState) for one in results if isinstance(one, Exception))
        channel = await institutions.channel_for(ctx, "wechat")
        pair = [clients.credential(house, channel, name) for name in ("secret", "token")]
        assert pair[0][1:] == pair[1][1:]
        assert channel.version == 1 + done, "each change retires the clients of the one before"

    async def test_chosen_by_platform_and_appid(self, ctx):
        for appid in ("wx1", "wx2"):
            await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid=appid))
        assert (await institutions.channel_for(ctx, "wechat", "wx2")).appid == "wx2"
        for platform, appid in (("wechat", "wx3"), ("alipay", None)):
            with pytest.raises(NoChannel):
                await institutions.channel_for(ctx, platform, appid)

    async def test_another_institutions_is_found_by_its_address_only(self, house, ctx):
        mine = await institutions.register_channel(ctx, ChannelSpec("wechat", SECRETS, appid="wx1"))
        elsewhere = house.ctx("ins2")
        assert (await institutions.channel(elsewhere, mine.id)).inst == INST
        with pytest.raises(NoChannel):
            await institutions.channel_for(elsewhere, "wechat")
        with pytest.raises(NotFound):
            await institutions.channel(ctx, "chnnone")


class TestDepartments:
    @pytest.fixture
    async def loaded(self, ctx):
        unit = Department(
            id="dep1", inst=INST, campus_id="c1", campus="本部", name="内科", group="内科",
            hint="发热", icon="heartbeat", location="1 层",
        )  # fmt: skip
        one = Doctor(id="doc1", inst=INST, department_id="dep1", name="甲", title="医师",
                     specialty="发热")  # fmt: skip
        await departments.register(ctx, [unit], [one])
        return unit, one

    @pytest.mark.parametrize("query", ["内科", "nk", "neike", "fare", "发热"])
    async def test_found_by_what_a_person_may_type(self, ctx, loaded, query):
        unit, one = loaded
        found = await departments.search(ctx, query)
        assert found.departments == (unit,)
        assert found.doctors == ((one,) if query in ("fare", "发热") else ())
        assert (await departments.search(ctx, "jia")).doctors == (one,)

    async def test_a_search_costs_no_round_trip_and_another_institution_finds_nothing(
        self, house, ctx, loaded
    ):
        await departments.departments(ctx)
        before = sum(house.db.calls.values())
        for query in ("nk", "心", ""):
            await departments.search(ctx, query)
        assert sum(house.db.calls.values()) == before
        assert (await departments.search(house.ctx("ins2"), "nk")).departments == ()

    async def test_what_an_older_tokenizer_made_is_indexed_anew(self, house, ctx, loaded):
        table = house.db.raw("departments")
        await table.update_many({}, {"$set": {"tokens": ["old"], "tokenizer": 0}})
        await house.db.raw("doctors").update_many({}, {"$unset": {"tokens": "", "tokenizer": ""}})
        everywhere = house.ctx(None)
        assert await departments.reindex(everywhere) == 2
        assert await departments.reindex(everywhere) == 0
        recent(house, "directory").forget(INST)
        assert (await departments.search(ctx, "nk")).departments == (loaded[0],)

    async def test_found(self, ctx, loaded):
        unit, one = loaded
        assert await departments.departments(ctx) == [unit]
        assert await departments.department(ctx, "dep1") == unit
        assert await departments.doctors(ctx, "dep1") == [one]
        assert await departments.doctors(ctx) == [one]
        assert await departments.doctor(ctx, "doc1") == one
        assert await departments.doctors(ctx, "dep9") == []

    async def test_another_institution_does_not_see_them(self, house, loaded):
        elsewhere = house.ctx("ins2")
        assert await departments.departments(elsewhere) == []
        for door, key in ((departments.department, "dep1"), (departments.doctor, "doc1")):
            with pytest.raises(NotFound):
                await door(elsewhere, key)

    async def test_many_readers_cost_one_reading(self, house, ctx, loaded):
        recent(house, "directory").forget(INST)
        house.db.calls.clear()
        await asyncio.gather(*(departments.department(ctx, "dep1") for _ in range(50)))
        assert dict(house.db.calls) == {
            "departments.find": 1,
            "doctors.find": 1,
            "wards.find": 1,
        }


class TestSettings:
    async def test_two_people_bring_a_value_into_force(self, house, ctx):
        draft = await settings.propose(staff(house, "a"), WINDOW, 7, "department", "dep1")
        assert await settings.resolve(ctx, WINDOW, department="dep1") == 14
        with pytest.raises(OwnProposal):
            await settings.approve(staff(house, "a"), draft.id)
        assert await settings.resolve(ctx, WINDOW, department="dep1") == 14
        approved = await settings.approve(staff(house, "b"), draft.id)
        assert (approved.state, approved.decided_by) == ("APPROVED", "staff:b")
        assert await settings.resolve(ctx, WINDOW, department="dep1") == 7
        assert await settings.resolve(ctx, WINDOW) == 14
        assert await settings.resolve(house.ctx("ins2"), WINDOW, department="dep1") == 14

    async def test_decided_once(self, house):
        draft = await settings.propose(staff(house, "a"), WINDOW, 7, "hospital")
        results = await asyncio.gather(
            *(settings.approve(staff(house, f"b{n}"), draft.id) for n in range(5)),
            settings.reject(staff(house, "c"), draft.id),
            return_exceptions=True,
        )
        assert sum(not isinstance(one, Exception) for one in results) == 1
        assert sum(isinstance(one, WrongState) for one in results) == 5

    async def test_a_rejected_value_never_counts(self, house, ctx):
        draft = await settings.propose(staff(house, "a"), WINDOW, 7, "hospital")
        await settings.reject(staff(house, "b"), draft.id)
        assert await settings.resolve(ctx, WINDOW) == 14
        with pytest.raises(WrongState):
            await settings.approve(staff(house, "c"), draft.id)

    async def test_versions_are_counted_and_kept(self, house, ctx):
        for value in (7, 28):
            draft = await settings.propose(staff(house, "a"), WINDOW, value, "hospital")
            await settings.approve(staff(house, "b"), draft.id)
        assert await settings.resolve(ctx, WINDOW) == 28
        versions = {doc["version"]: doc["value"] for doc in await raw(house, "settings")}
        assert versions == {1: 7, 2: 28}

    @pytest.mark.parametrize(
        ("name", "value", "level", "scope"),
        [
            ("booking.windows", 7, "hospital", ""),
            (WINDOW, 999, "hospital", ""),
            (WINDOW, 7, "ward", "w1"),
            (WINDOW, 7, "doctor", ""),
        ],
    )
    async def test_a_wrong_proposal_leaves_nothing(self, house, name, value, level, scope):
        with pytest.raises(Invalid):
            await settings.propose(staff(house, "a"), name, value, level, scope)
        assert await raw(house, "settings") == []

    async def test_another_institutions_draft_is_not_found(self, house):
        draft = await settings.propose(staff(house, "a"), WINDOW, 7, "hospital")
        before = await raw(house, "settings")
        with pytest.raises(NotFound):
            await settings.approve(staff(house, "b", "ins2"), draft.id)
        assert await raw(house, "settings") == before


class TestShift:
    async def test_all_processes_move_together(self, mongo_uri, house):
        wire = house.wire.now()
        await shift.move(house, timedelta(days=2))
        await shift.move(house, timedelta(hours=-1))
        house.business.offset = timedelta()
        assert await shift.refresh(house) == timedelta(days=1, hours=23)
        assert house.business.now() - wire >= timedelta(days=1, hours=23)

    async def test_moves_at_once_add_up(self, house):
        await asyncio.gather(*(shift.move(house, timedelta(hours=1)) for _ in range(8)))
        assert await shift.refresh(house) == timedelta(hours=8)

    async def test_production_stays_in_its_time(self, mongo_uri):
        async with identity_house(mongo_uri) as house:
            house.settings = type(house.settings)(env="production")
            with pytest.raises(Forbidden):
                await shift.move(house, timedelta(hours=1))
            assert await shift.refresh(house) == timedelta()
