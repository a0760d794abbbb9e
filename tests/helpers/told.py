"""A hospital with a service account and a WeCom application on a real sandbox, and patients and
staff it can tell something.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient

import notify.entrances.store
import notify.messages.store
import notify.outages.store
import notify.relay.store
import wx_backend.directory.departments.store
import wx_backend.directory.institutions.store
import wx_backend.directory.settings.store
import wx_backend.identity.accounts.store
import wx_backend.identity.staff.store
import wx_backend.identity.worklist.store
from booking.appointments import events as appointment_events
from booking.payments import events as payment_events
from booking.waiting import events as waiting_events
from notify.critical import events as critical_events
from notify.messages import sending, service, store
from tests.helpers.houses import bare_house
from tests.helpers.sandbox import furnished
from wx_backend.base import ids
from wx_backend.base.collection import Collection
from wx_backend.base.context import Ctx, House
from wx_backend.base.events import Event, EventType
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelSpec, Institution
from wx_backend.entrypoints.sandbox.alipay import payers, templates
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.people import by_key
from wx_backend.entrypoints.sandbox.server import Running, start
from wx_backend.entrypoints.sandbox.sms.texts import ids as text_ids
from wx_backend.entrypoints.sandbox.template_rules import load
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.signin import events as signin_events
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member

INST = "ins1"
KINDS = {
    kind.name: kind
    for module in (appointment_events, payment_events, waiting_events)
    for kind in module.events
}
FOR_STAFF = {
    kind.name: kind for module in (critical_events, signin_events) for kind in module.events
}
STORES = (
    notify.entrances.store,
    notify.messages.store,
    notify.outages.store,
    notify.relay.store,
    wx_backend.directory.departments.store,
    wx_backend.directory.institutions.store,
    wx_backend.directory.settings.store,
    wx_backend.identity.accounts.store,
    wx_backend.identity.staff.store,
    wx_backend.identity.worklist.store,
)
ORDERS = Collection("told_orders", retention="test", outbox=True)
COLLECTIONS = [
    ORDERS,
    *(
        value
        for module in STORES
        for value in vars(module).values()
        if isinstance(value, Collection)
    ),
]


class Told:
    """One hospital, its channel on the sandbox, and what tests ask of them."""

    def __init__(self, house: House, channel: Channel, running: Running, agent: Channel) -> None:
        self.house, self.channel, self.running, self.agent = house, channel, running, agent
        self.mini: Channel | None = None
        self.ctx: Ctx = house.ctx(INST)
        self.url = f"http://127.0.0.1:{running.port}"

    async def account(self, person: str = "wang-xiulan") -> str:
        """The account of a person of the sandbox, signed in wherever the hospital is."""
        who = by_key(person)
        if self.mini:
            identity = OpenIdentity(openid=who.mini_openid, unionid=who.unionid)
            await accounts.sign_in(self.ctx, self.mini, identity)
        identity = OpenIdentity(openid=who.openid, unionid=who.unionid)
        return (await accounts.sign_in(self.ctx, self.channel, identity)).id

    def event(self, account: str, name: str = "appointment.booked", n: int = 1, **data) -> Event:
        kind: EventType = (KINDS | FOR_STAFF)[name]
        return Event(
            id=f"apt{n}:2:0",
            type=name,
            v=kind.version,
            at=self.ctx.wire_now(),
            inst=INST,
            subject=f"apt{n}",
            actor="system:system",
            trace=self.ctx.trace,
            data={**kind.example, **({"account": account} if account else {}), **data},
        )

    async def tell(self, account: str, name: str = "appointment.booked", n: int = 1, **data) -> str:
        """Tells one event and returns the message's id."""
        known = {doc["_id"] for doc in await self.stored()}
        await service.tell(self.ctx, self.event(account, name, n, **data))
        [made] = [doc["_id"] for doc in await self.stored() if doc["_id"] not in known]
        return made

    async def mini_program(self) -> Channel:
        """The hospital's mini-program."""
        keys = self.running.box.keys
        self.mini = await institutions.register_channel(
            self.ctx,
            ChannelSpec(
                "wechat_mini",
                {
                    "secret": keys.mini_secret,
                    "token": keys.mini_token,
                    "aes_key": keys.mini_aes_key,
                },
                appid=keys.mini_appid,
                templates=self.channel.templates,
                params={"page": "pages/web"},
            ),
        )
        return self.mini

    async def texts(self) -> Channel:
        """The hospital's provider of text messages."""
        keys = self.running.box.keys
        return await institutions.register_channel(
            self.ctx,
            ChannelSpec(
                "sms",
                {"secret_id": keys.sms_secret_id, "secret_key": keys.sms_secret_key},
                appid=keys.sms_app_id,
                templates=text_ids(),
                params={"signature": keys.sms_signature},
            ),
        )

    async def alipay(self) -> Channel:
        """The hospital's application at Alipay."""
        keys = self.running.box.keys
        return await institutions.register_channel(
            self.ctx,
            ChannelSpec(
                "alipay",
                {
                    "app_private_key": keys.alipay_app_pem,
                    "alipay_public_key": keys.alipay_public_pem,
                },
                appid=keys.alipay_app_id,
                mchid=keys.alipay_seller_id,
                templates=templates.ids(),
                params={"page": "pages/web/index"},
            ),
        )

    async def alipay_account(self, person: str = "wang-xiulan") -> str:
        """The account of a person of the sandbox who came by Alipay."""
        channel = await institutions.channel_for(self.ctx, "alipay")
        identity = OpenIdentity(openid=payers.open_id(by_key(person)))
        return (await accounts.sign_in(self.ctx, channel, identity)).id

    async def member(self, userid: str, wecom: str | None = None, **fields: Any) -> str:
        """A member of staff, ``stf-{userid}``, with this (or another, or no) WeCom userid."""
        key = f"stf-{userid}"
        known = userid if wecom is None else wecom
        made = {"roles": ("doctor",), "created_at": self.ctx.now(), "wecom": known, **fields}
        member = Member(id=key, inst=INST, number=f"D{userid[:15]}", name="周启明", **made)
        await staff.register(self.ctx, [member])
        return key

    async def alert(
        self, *members: str, name: str = "critical.raised", n: int = 1, **data: Any
    ) -> list[str]:
        """Tells staff of alert ``n``; ids of the messages made, in the order of the members."""
        event = self.alert_event(*members, name=name, n=n, **data)
        await service.tell(self.ctx, event)
        return [ids.derive("msg", event.id, member) for member in members]

    def alert_event(
        self, *members: str, name: str = "critical.raised", n: int = 1, **data: Any
    ) -> Event:
        told = {"alert": f"apt{n}", "members": list(members), "link": f"/doctor/alerts/apt{n}"}
        return self.event("", name, n, **told, **data)

    async def send_critical(self) -> int:
        return await self.send(CRITICAL)

    def shown(self, userid: str) -> list[dict]:
        """The cards on a member's phone, oldest first."""
        rows = self.running.box.corp.mailbox.deliveries(userid)
        return [row for row in rows if row["fate"] == "shown"]

    async def send(self, lane: str = RELAY) -> int:
        return await sending.send_due(self.house.ctx(None), lane)

    async def stored(self) -> list[dict]:
        return await self.ctx.db(store.MESSAGES).month(self.ctx.wire_now()).find()

    async def one(self, key: str) -> dict:
        return await store.get(self.ctx, self.ctx.wire_now(), key)

    async def change(self, key: str, update: dict) -> None:
        table = self.ctx.db(store.MESSAGES).month(self.ctx.wire_now())
        assert await table.change({"_id": key}, update)

    def later(self, **duration: float) -> None:
        self.house.business.offset += timedelta(**duration)

    def cards(self) -> list[dict]:
        """The messages that reached the sandbox's phones."""
        return [
            {**row, "data": json.loads(row["data"])}
            for row in self.running.box.store.many("SELECT * FROM messages ORDER BY msgid")
        ]

    async def ctl(self, path: str, **body: Any) -> Any:
        answer = await AsyncHTTPClient().fetch(
            f"{self.url}/_ctl/{path}", method="POST", body=json.dumps(body)
        )
        return json.loads(answer.body)

    async def fault(self, kind: str, endpoint: str = "*/template/send", **more: Any) -> None:
        """The next send goes wrong in this way."""
        await self.ctl("faults", endpoint=endpoint, kind=kind, **more)


@asynccontextmanager
async def told(mongo_uri: str, home: Path, web: str = "http://127.0.0.1:9") -> AsyncIterator[Told]:
    running = await start(Config(0, 0, web, furnished(home), speed=6000))
    url = f"http://127.0.0.1:{running.port}"
    addresses = {
        "wechat_api_url": f"{url}/wx", "wechat_open_url": f"{url}/open",
        "wecom_api_url": f"{url}/qy", "alipay_url": url,
        "sms_url": f"{url}/sms",
    }  # fmt: skip
    async with bare_house(mongo_uri, COLLECTIONS, public_url=web, **addresses) as house:
        ctx, keys = house.ctx(INST), running.box.keys
        await institutions.register(
            ctx, Institution(id=INST, code="h1", name="医院", level="三级甲等", phone="010")
        )
        channel = await institutions.register_channel(
            ctx,
            ChannelSpec(
                "wechat",
                {"secret": keys.secret, "token": keys.token, "aes_key": keys.aes_key},
                appid=keys.appid,
                templates={template.name: template.id for template in load().values()},
            ),
        )
        agent = await institutions.register_channel(
            ctx,
            ChannelSpec(
                "wecom",
                {
                    "secret": keys.agent_secret,
                    "token": keys.agent_token,
                    "aes_key": keys.agent_aes_key,
                },
                appid=keys.corp_id,
                params={"agent_id": str(keys.agent_id)},
            ),
        )
        yield Told(house, channel, running, agent)
    await running.close()
