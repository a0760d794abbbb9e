"""Tencent Cloud SMS by its SDK, against the sandbox that checks every signature."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.wire.gateways.conftest import World
from wx_backend.base.errors import GatewayRefused
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown
from wx_backend.gateways.sms.port import Report, TextMessage

SEND = "/sms/SendSms"
PHONE = "13900139001"


def message(world: World, **changes) -> TextMessage:
    good = {
        "phone": PHONE,
        "template": world.texts["visit_changed"],
        "fields": ("张*丰",),
        "reference": "msg01",
    }
    return TextMessage(**good | changes)


async def reports(world: World, phone: str = PHONE) -> list[Report]:
    now = datetime.now(UTC)
    return await world.sms().reports(phone, now - timedelta(minutes=1), now)


async def reported(world: World) -> Report:
    """The one report, once the carrier has answered."""
    for _ in range(500):
        if found := await reports(world):
            [report] = found
            return report
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_a_text_is_read_and_reported(world: World):
    serial = await world.sms().send(message(world))
    [text] = await world.ctl("sms/texts")
    assert (text["serial"], text["phone"], text["context"]) == (serial, f"+86{PHONE}", "msg01")
    assert text["words"].startswith("【云江一院】张*丰的就诊安排有变动")
    assert await reported(world) == Report(id=serial, delivered=True, words="DELIVRD")
    await world.ctl("sms/sessions", on=True)
    assert (await reported(world)).reference == "msg01"
    assert await reports(world, "13900139002") == []


async def test_what_the_carrier_could_not_bring_is_said(world: World):
    await world.fault(SEND, "sms_undelivered")
    serial = await world.sms().send(message(world))
    said = await reported(world)
    assert (said.id, said.delivered) == (serial, False)


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"phone": "12345"}, SendRefused, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"template": "1"}, SendInvalid, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"fields": ()}, SendInvalid, "FailedOperation.TemplateIncorrectOrUnapproved"),
    ],
)
async def test_what_one_number_is_refused(world: World, changes, kind, code):
    with pytest.raises(kind) as caught:
        await world.sms().send(message(world, **changes))
    assert caught.value.data["platform_code"] == code
    assert await world.ctl("sms/texts") == []


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"secret_key": "another"}, SendLater, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDother"}, SendLater, "AuthFailure.SecretIdNotFound"),
        ({"app_id": "1400000000"}, SendInvalid, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"signature": "别家"}, SendInvalid, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ],
)
async def test_an_account_that_is_not_ours(world: World, changes, kind, code):
    with pytest.raises(kind) as caught:
        await world.sms(**changes).send(message(world))
    assert caught.value.data["platform_code"] == code


@pytest.mark.parametrize("fault", ["reset", "html", "truncate", "lost_reply"])
async def test_without_an_answer_nobody_knows(world: World, fault):
    await world.fault(SEND, fault)
    with pytest.raises(SendUnknown):
        await world.sms().send(message(world))
    assert (await world.calls())["SendSms"] == 1, "it is not sent again by itself"
    assert len(await world.ctl("sms/texts")) == (fault in ("lost_reply", "truncate"))


async def test_who_is_not_there_has_got_nothing(world: World, silent_port: int):
    with pytest.raises(SendLater):
        await world.sms(api_url=f"http://127.0.0.1:{silent_port}/sms").send(message(world))


async def test_the_account_knows_its_texts(world: World):
    texts = world.texts
    found = {one.id: one for one in await world.sms().templates([*texts.values(), "1"])}
    assert found.keys() == set(texts.values())
    one = found[texts["visit_changed"]]
    assert one.usable and one.words.startswith("{1}的就诊安排")
    with pytest.raises(GatewayRefused):
        await world.sms(secret_key="another").templates(list(texts.values()))


async def test_one_number_gets_only_so_many(world: World):
    with pytest.raises(SendLater) as caught:
        for _ in range(25):
            await world.sms().send(message(world))
    assert caught.value.data["platform_code"].startswith("LimitExceeded.PhoneNumber")
