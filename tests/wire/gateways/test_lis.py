"""Our LIS client against the sandbox's LIS: taken, refused, silent, twice, in Chinese charsets."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.his.port import Clinician
from wx_backend.gateways.lis import client
from wx_backend.gateways.lis.client import Listener
from wx_backend.gateways.lis.port import Confirmation, LisConfig

WIRE = "lis/ORA^R41"
TOLD = Confirmation(
    control_id="c0123456789abcdefghi",
    answers="C1",
    report="S3001",
    specimen_no="SP|7",
    item_code="K",
    item_name="钾",
    loinc="2823-3",
    state="HANDLED",
    state_name="已处置",
    by=Clinician("D01", "周启明"),
    role="医生",
    at=datetime(2026, 11, 24, 0, 41, 5, tzinfo=UTC),
    channel="wecom",
    measures="补液或输血；10% 葡萄糖酸钙 & 监护\n复查",
    alert="alr1",
)


@pytest.fixture
async def address(world) -> dict[str, Any]:
    return await world.ctl("lis/address")


@pytest.fixture
def config(address) -> LisConfig:
    names = {"application": "LIS", "facility": "JQ", "our_application": "WX", "our_facility": "JQ"}
    return LisConfig(**address, **names)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.5)


async def taken(world) -> list[dict[str, Any]]:
    return await world.ctl("lis/confirmations")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
async def test_the_lis_reads_who_did_what_and_when(world, config, charset) -> None:
    await Listener(msgspec.structs.replace(config, charset=charset)).confirm(TOLD)
    (one,) = await taken(world)
    del one["taken_at"]
    assert one == {
        "control_id": TOLD.control_id, "times": 1, "answers": "C1", "person": "周启明",
        "report": "S3001", "specimen_no": "SP|7", "item": "K", "item_name": "钾",
        "loinc": "2823-3", "state": "HANDLED", "state_name": "已处置", "number": "D01",
        "name": "周启明", "role": "医生", "at": "20261124084105+0800", "channel": "wecom",
        "measures": TOLD.measures, "alert": "alr1",
    }  # fmt: skip


async def test_told_again_under_the_same_number_it_counts_once(world, config) -> None:
    for _ in range(2):
        await Listener(config).confirm(TOLD)
    assert [one["times"] for one in await taken(world)] == [2]


async def test_other_words_under_the_same_number_are_refused(world, config) -> None:
    await Listener(config).confirm(TOLD)
    with pytest.raises(GatewayRefused) as refused:
        await Listener(config).confirm(msgspec.structs.replace(TOLD, measures="其他"))
    assert refused.value.data["platform_code"] == "AE"


@pytest.mark.parametrize("verdict", ["AE", "AR", "CE", "CR"])
async def test_a_refusal_is_told_in_the_words_of_the_lis(world, config, verdict) -> None:
    await world.fault(WIRE, "lis_refuse", value=verdict)
    with pytest.raises(GatewayRefused) as refused:
        await Listener(config).confirm(TOLD)
    assert refused.value.data == {"platform_code": verdict, "platform_message": "报告不存在"}
    assert await taken(world) == []


@pytest.mark.parametrize("kind", ["hang", "reset"])
async def test_no_answer_leaves_it_unknown(world, config, impatient, kind) -> None:
    await world.fault(WIRE, kind)
    with pytest.raises(GatewayUnknown):
        await Listener(config).confirm(TOLD)
    assert await taken(world) == []
    await Listener(config).confirm(TOLD)
    assert [one["times"] for one in await taken(world)] == [1]


async def test_a_lost_answer_is_unknown_although_the_lis_has_taken_it(world, config) -> None:
    await world.fault(WIRE, "lost_reply")
    with pytest.raises(GatewayUnknown):
        await Listener(config).confirm(TOLD)
    assert [one["times"] for one in await taken(world)] == [1]


async def test_an_answer_given_twice_is_one(world, config) -> None:
    await world.fault(WIRE, "lis_twice")
    await Listener(config).confirm(TOLD)
    await Listener(config).confirm(msgspec.structs.replace(TOLD, control_id="c2"))
    assert [one["times"] for one in await taken(world)] == [1, 1]


async def test_the_answer_to_something_else_is_none(world, config, impatient) -> None:
    await world.fault(WIRE, "lis_other")
    with pytest.raises(GatewayUnknown):
        await Listener(config).confirm(TOLD)


async def test_a_lis_that_does_not_listen_is_unknown(config) -> None:
    with pytest.raises(GatewayUnknown):
        await Listener(msgspec.structs.replace(config, port=1)).confirm(TOLD)


async def test_what_lacks_its_report_is_refused_by_the_lis_itself(world, config) -> None:
    with pytest.raises(GatewayRefused) as refused:
        await Listener(config).confirm(msgspec.structs.replace(TOLD, report=""))
    assert refused.value.data["platform_message"] == "no report"
