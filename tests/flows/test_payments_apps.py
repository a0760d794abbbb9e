"""Two applications of one merchant: whoever is known in only one of them pays there, and what was
opened for one is never handed out in the other.
"""

from dataclasses import replace

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Hold, purpose_of
from booking.payments import service as payments
from booking.payments.model import JSAPI, Ticket
from tests.helpers.identity import form, id_no
from tests.helpers.outpatient import IN_ONE_LOOP
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.sandbox import people
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import service as patients

pytestmark = IN_ONE_LOOP


async def appid(ctx: Ctx, platform: str) -> str:
    return (await institutions.channel_for(ctx, platform)).appid


async def pays_for(ctx: Ctx, held: Appointment) -> Ticket:
    return await appointments.pay(ctx, held.id, JSAPI, "127.0.0.1")


async def test_who_is_only_in_the_mini_program_pays_in_it(clinic, slot):
    who = people.by_key("crowd-771")
    ctx = await clinic.hospital.acting(who.key, "wechat_mini", who.mini_openid)
    added = await patients.add(ctx, form(id_no("19840506", 771), "李建国", "SELF"))
    held = await appointments.hold(ctx, Hold(slot.id, added.patient_id), ids.new("key"))
    ticket = await pays_for(ctx, held)
    assert ticket.jsapi["appId"] == await appid(ctx, "wechat_mini")
    [order] = (await clinic.books())["orders"]
    assert order["openid"] == who.mini_openid
    await clinic.pays(ticket)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


async def test_what_was_opened_in_one_is_closed_for_the_other(clinic, patient, held):
    who = people.by_key(patient.person)
    mini = await institutions.channel_for(patient.ctx, "wechat_mini")
    named = OpenIdentity(openid=who.mini_openid, unionid=who.unionid)
    await accounts.account_of(clinic.hospital.ctx(), mini, named)
    inside = replace(patient.ctx, channel=mini.id)
    first = await clinic.ticket(patient, held)
    assert first.jsapi["appId"] == await appid(patient.ctx, "wechat")
    assert await payments.handed_out(inside, purpose_of(held.id)) is None
    then = await pays_for(inside, held)
    assert then.jsapi["appId"] == mini.appid
    assert await payments.handed_out(patient.ctx, purpose_of(held.id)) is None
    assert [one["state"] for one in (await clinic.books())["orders"]] == ["CLOSED", "NOTPAY"]
    await clinic.pays(then)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.order(held)).state == "PAID"
