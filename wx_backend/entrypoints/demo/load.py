"""Loads the demo world: ``python -m wx_backend.entrypoints.demo.load [--sandbox-env FILE]``.

Run again at each start: what is there stays, and the clinics of the coming days are added.
"""

import argparse
import asyncio
import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from booking.prices import service as prices
from booking.timetables import service as timetables
from wx_backend.base import log, shift
from wx_backend.base.collection import META
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.settings import load as load_settings
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelSpec
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints import belonging, wiring
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.demo import staff, world
from wx_backend.entrypoints.demo.people import Family, families
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import service as patients

PEOPLE_LOADED = "demo_people"
DESK = Actor("staff", "demo-desk", frozenset({"outpatient_office"}))


async def load(house: House, platforms: Mapping[str, str]) -> None:
    """Everything; ``platforms`` are the ``WX_SANDBOX_*`` credentials.

    Raises:
        NotTheDemos: the database is a hospital's; nothing was written.
    """
    await belonging.take_for_demo(house, (world.HOSPITAL.id, world.CENTRE.id))
    await house.db.ensure(wiring.collections())
    await shift.refresh(house)
    ctx = house.ctx(world.HOSPITAL.id)
    await places(ctx)
    channel = await channels(ctx, platforms)
    await _numbers(ctx)
    await staff.load(ctx)
    await _people(ctx, channel)


async def places(ctx: Ctx) -> None:
    """Institutions, campuses, departments and doctors."""
    await institutions.register(ctx, world.HOSPITAL, world.RIVERSIDE, world.EAST_LAKE)
    await institutions.register(ctx, world.CENTRE, world.RIVER_VIEW)
    for relation in world.RELATIONS:
        await institutions.relate(ctx, relation)
    await departments.register(ctx, list(world.DEPARTMENTS.values()), world.doctors(), world.WARDS)


async def _numbers(ctx: Ctx) -> None:
    """The weekly plan, the numbers of the coming days, and from now on those of each night."""
    await timetables.register(ctx, world.templates())
    await timetables.generate(ctx, ctx.today(), await timetables.horizon(ctx))
    await timetables.generate_nightly(ctx)


async def channels(ctx: Ctx, given: Mapping[str, str]) -> Channel:
    """The hospital's accounts on the platforms; returns its service account."""
    appid = given["WX_SANDBOX_APPID"]
    secrets = {
        "secret": given["WX_SANDBOX_SECRET"],
        "token": given["WX_SANDBOX_TOKEN"],
        "aes_key": given["WX_SANDBOX_AES_KEY"],
    }
    templates = json.loads(given["WX_SANDBOX_TEMPLATES"])
    mini = {
        "secret": given["WX_SANDBOX_MINI_SECRET"],
        "token": given["WX_SANDBOX_MINI_TOKEN"],
        "aes_key": given["WX_SANDBOX_MINI_AES_KEY"],
    }
    mini_appid = given["WX_SANDBOX_MINI_APPID"]
    await institutions.register_channel(
        ctx, ChannelSpec("wechat_mini", mini, appid=mini_appid, templates=templates)
    )
    await _wechat_pay(ctx, given)
    await _alipay(ctx, given)
    await _wecom(ctx, given)
    await _texts(ctx, given)
    await _laboratory(ctx, given)
    await _his(ctx, given)
    return await institutions.register_channel(
        ctx, ChannelSpec("wechat", secrets, appid=appid, templates=templates)
    )


async def _wechat_pay(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The merchant, paid in the service account and in the mini-program."""
    await institutions.register_channel(
        ctx,
        ChannelSpec(
            "wechat_pay",
            {
                "merchant_private_key": _pem(given["WX_SANDBOX_MERCHANT_KEY_B64"]),
                "apiv3_key": given["WX_SANDBOX_APIV3_KEY"],
            },
            appid=given["WX_SANDBOX_APPID"],
            mchid=given["WX_SANDBOX_MCHID"],
            params={
                "more_appids": given["WX_SANDBOX_MINI_APPID"],
                "merchant_serial": given["WX_SANDBOX_MERCHANT_SERIAL"],
                "public_key_id": given["WX_SANDBOX_PUBLIC_KEY_ID"],
                "public_key": _pem(given["WX_SANDBOX_PUBLIC_KEY_B64"]),
            },
        ),
    )


async def _alipay(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The application that patients open inside Alipay, and its merchant."""
    await institutions.register_channel(
        ctx,
        ChannelSpec(
            "alipay",
            {
                "app_private_key": _pem(given["WX_SANDBOX_ALIPAY_APP_KEY_B64"]),
                "alipay_public_key": _pem(given["WX_SANDBOX_ALIPAY_PUBLIC_KEY_B64"]),
                "aes_key": given["WX_SANDBOX_ALIPAY_AES_KEY"],
            },
            appid=given["WX_SANDBOX_ALIPAY_APP_ID"],
            mchid=given["WX_SANDBOX_ALIPAY_SELLER_ID"],
            templates=json.loads(given["WX_SANDBOX_ALIPAY_TEMPLATES"]),
            params={"page": "pages/web/index"},
        ),
    )


async def _wecom(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The application through which staff are told and sign in."""
    await institutions.register_channel(
        ctx,
        ChannelSpec(
            "wecom",
            {
                "secret": given["WX_SANDBOX_WECOM_SECRET"],
                "token": given["WX_SANDBOX_WECOM_TOKEN"],
                "aes_key": given["WX_SANDBOX_WECOM_AES_KEY"],
            },
            appid=given["WX_SANDBOX_WECOM_CORP_ID"],
            params={"agent_id": given["WX_SANDBOX_WECOM_AGENT_ID"]},
        ),
    )


async def _texts(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The provider of text messages, and the texts that it has approved."""
    await institutions.register_channel(
        ctx,
        ChannelSpec(
            "sms",
            {
                "secret_id": given["WX_SANDBOX_SMS_SECRET_ID"],
                "secret_key": given["WX_SANDBOX_SMS_SECRET_KEY"],
            },
            appid=given["WX_SANDBOX_SMS_APP_ID"],
            templates=json.loads(given["WX_SANDBOX_SMS_TEMPLATES"]),
            params={"signature": given["WX_SANDBOX_SMS_SIGNATURE"]},
        ),
    )


async def _laboratory(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The LIS that is told who received its critical values, where the sandbox has one."""
    if port := given.get("WX_SANDBOX_LIS_PORT"):
        await institutions.register_channel(
            ctx,
            ChannelSpec(
                "lis",
                {},
                appid=world.LABORATORY,
                params={"host": "127.0.0.1", "port": port, "phone": world.LABORATORY_PHONE},
            ),
        )


async def _his(ctx: Ctx, given: Mapping[str, str]) -> None:
    """The HIS that issues bills, keeps the books, sends codes to the numbers on file and owns the
    places of one department, where its address is told.
    """
    url = given.get("WX_SANDBOX_HIS_URL")
    if not url:
        return
    for contract in ("his_numbers", "his_accounts", "his_bills", "his_proof"):
        await institutions.register_channel(
            ctx,
            ChannelSpec(
                contract,
                {"secret": given["WX_SANDBOX_HIS_SECRET"]},
                appid=given["WX_SANDBOX_HIS_KEY"],
                params={"url": url},
            ),
        )
    department, name = world.DEPARTMENTS[world.HIS_OWNED].id, "booking.his_numbers"
    if not await parameters.resolve(ctx, name, department=department):
        draft = await parameters.propose(ctx.acting_as(DESK), name, 1, "department", department)
        await parameters.approve(ctx, draft.id)


async def _people(ctx: Ctx, channel: Channel) -> None:
    """Once: who was removed by somebody playing with the demo stays removed."""
    meta = ctx.db(META)
    if await meta.get(PEOPLE_LOADED):
        return
    order = 0
    for family in families():
        await _family(ctx, channel, family, order)
        order += len(family.members)
    await meta.put(PEOPLE_LOADED, {"people": order})


async def _family(ctx: Ctx, channel: Channel, family: Family, order: int) -> None:
    """Signs the family in as its phone would, and adds its members as its holder would."""
    account = await accounts.account_of(ctx, channel, OpenIdentity(openid=family.openid))
    holder = ctx.acting_as(Actor("account", account.id))
    guardian = ""
    for n, member in enumerate(family.members):
        person = await patients.add(holder, member.form(order + n, family.phone, guardian))
        guardian = guardian or person.patient_id
        if member.verified:
            await patients.verify(ctx.acting_as(DESK), person.binding_id, "DESK")


def _pem(encoded: str) -> str:
    return base64.b64decode(encoded).decode()


async def _run(platforms: Mapping[str, str]) -> None:
    house = wiring.build(load_settings())
    try:
        await load(house, platforms)
        if platforms.get("WX_SANDBOX_HIS_URL"):
            await prices.begin(house.ctx(world.HOSPITAL.id), "demo")
    finally:
        wiring.close(house)


def main() -> None:
    parser = argparse.ArgumentParser(description="装载演示数据 load the demo world")
    parser.add_argument("--sandbox-env", type=Path, help="the sandbox's sandbox.env")
    args = parser.parse_args()
    platforms = read_env(args.sandbox_env) if args.sandbox_env else dict(os.environ)
    log.configure("WARNING")
    asyncio.run(_run(platforms))


if __name__ == "__main__":
    main()
