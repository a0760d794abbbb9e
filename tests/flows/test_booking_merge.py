"""One person signed in two ways: what the retired account booked and paid belongs to the other."""

from booking.appointments import service as appointments
from tests.helpers.outpatient import IN_ONE_LOOP
from wx_backend.base.context import Actor
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts

pytestmark = IN_ONE_LOOP


async def test_appointments_payments_and_messages_follow(clinic):
    elder, younger = await clinic.patients(2)
    [slot] = await clinic.opens(days=4)
    booked = await clinic.booked(younger, slot)
    channel = await institutions.channel_for(clinic.hospital.ctx(), "wechat")
    for one in (elder, younger):
        identity = OpenIdentity(openid=one.openid, unionid="union-of-them")
        kept = await accounts.account_of(clinic.hospital.ctx(), channel, identity)
    assert kept.id == elder.account
    await clinic.work()
    assert (await clinic.now(booked)).account == elder.account
    assert (await clinic.order(booked)).account == elder.account
    assert await clinic.told(elder) == ["预约成功"]
    both = elder.ctx.acting_as(Actor("account", elder.account))
    await appointments.cancel(both, booked.id)
    await clinic.refunded()
    assert await clinic.told(elder) == ["预约成功", "预约已取消", "退款已到账"]


async def test_what_came_with_a_wrong_merge_goes_back(clinic):
    """Taken apart, each has what they booked themselves; what was booked since stays."""
    elder, younger = await clinic.patients(2)
    slots = await clinic.opens(days=4), await clinic.opens(days=5)
    booked = await clinic.booked(younger, slots[0][0])
    channel = await institutions.channel_for(clinic.hospital.ctx(), "wechat")
    for one in (elder, younger):
        identity = OpenIdentity(openid=one.openid, unionid="union-by-mistake")
        await accounts.account_of(clinic.hospital.ctx(), channel, identity)
    await clinic.work()
    since = await clinic.booked(elder, slots[1][0])
    desk = clinic.hospital.ctx().acting_as(Actor("staff", "stf1"))
    assert await appointments.came_from(desk, younger.account, elder.account) == 1
    await accounts.part(desk, younger.account, "双方持证到窗口，互不相识")
    await clinic.work()
    assert (await clinic.now(booked)).account == younger.account
    assert (await clinic.order(booked)).account == younger.account
    assert (await clinic.now(since)).account == elder.account
    assert await clinic.told(younger) == ["预约成功"]
    assert await clinic.told(elder) == ["预约成功"]
