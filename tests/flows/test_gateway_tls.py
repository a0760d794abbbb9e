"""MLLP under TLS: who shows no certificate, another authority's or another name is turned away; and
a LIS is told over TLS only when it is the one we know.
"""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.helpers import hl7 as samples
from tests.helpers.authority import Authority
from tests.helpers.gateway import Gateway, Sender, gateway
from wx_backend.base.errors import GatewayUnknown
from wx_backend.base.settings import BadSettings, Settings
from wx_backend.entrypoints.interfaces import tls
from wx_backend.gateways.his.port import Clinician
from wx_backend.gateways.hl7.mllp import Framer, wrap
from wx_backend.gateways.lis.client import Listener
from wx_backend.gateways.lis.port import Confirmation, LisConfig


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "hospital-ca")


def settings(ours: Authority, **more: str) -> Settings:
    given = {"hl7_tls_cert": str(ours.issue("gateway")), "hl7_tls_client_ca": str(ours.ca)}
    return Settings(**{**given, **more})


@pytest.fixture
async def gate(mongo_uri: str, ours: Authority):
    named = settings(ours, hl7_tls_names="LIS.jq.example")
    secured = {"tls": tls.context(named), "names": tls.names(named)}
    async with gateway(mongo_uri, **secured) as running:
        yield running


async def connect(gate: Gateway, ours: Authority, certificate: Path | None) -> Sender:
    context = ssl.create_default_context(cafile=str(ours.ca))
    if certificate:
        context.load_cert_chain(certificate)
    return Sender(
        *await asyncio.open_connection(
            "127.0.0.1", gate.port, ssl=context, server_hostname="gateway"
        )
    )


async def test_the_known_system_is_heard(gate: Gateway, ours: Authority) -> None:
    sender = await connect(gate, ours, ours.issue("lis.jq.example"))
    answer = await sender.send(samples.oru("C1"))
    assert (answer.get("MSA", 1), answer.get("MSA", 2)) == ("AA", "C1")
    (doc,) = await gate.settled()
    assert doc["state"] == "DONE"
    sender.close()


WHOSE = ("nobody's", "another authority's", "another name", "in the clear")


@pytest.mark.parametrize("whose", WHOSE)
async def test_strangers_are_turned_away(
    gate: Gateway, ours: Authority, tmp_path: Path, whose: str
) -> None:
    shown = {
        "another authority's": lambda: Authority(tmp_path, "other-ca").issue("lis.jq.example"),
        "another name": lambda: ours.issue("his.jq.example"),
    }.get(whose, lambda: None)()
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        if whose == "in the clear":
            sender = await gate.sender()
        else:
            sender = await connect(gate, ours, shown)
        await sender.send(samples.oru("C1"))
    assert await gate.messages() == []


def test_half_a_configuration_is_refused(ours: Authority, tmp_path: Path) -> None:
    assert tls.context(Settings()) is None
    for more in (
        {"hl7_tls_cert": ""},
        {"hl7_tls_cert": str(tmp_path / "none.pem")},
        {"hl7_tls_cert": str(ours.ca)},
        {"hl7_tls_client_ca": "", "hl7_tls_names": "lis"},
    ):
        with pytest.raises(BadSettings, match="WX_HL7_TLS"):
            tls.context(settings(ours, **more))


TOLD = Confirmation(
    control_id="C9",
    answers="C1",
    report="S1",
    specimen_no="S1",
    item_code="K",
    item_name="钾",
    loinc="2823-3",
    state="RECEIVED",
    state_name="已接收",
    by=Clinician("N01", "赵婷"),
    role="护士",
    at=datetime(2026, 11, 24, tzinfo=UTC),
)


async def test_a_lis_is_told_when_it_is_the_one_we_know(ours: Authority, tmp_path: Path) -> None:
    heard: list[str] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        while not (frames := framer.feed(await reader.read(4096))):
            pass
        shown = writer.get_extra_info("peercert")["subjectAltName"]
        heard.append(dict(shown)["DNS"])
        assert b"ORA^R41" in frames[0].body
        writer.write(wrap(b"MSH|^~\\&|LIS|JQ|WX|JQ|||ACK|1|P|2.8\rMSA|CA|C9\r"))
        writer.close()

    secured = tls.context(settings(ours, hl7_tls_cert=str(ours.issue("lis"))))
    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=secured)
    known = LisConfig(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        application="LIS",
        facility="JQ",
        our_application="WX",
        our_facility="JQ",
        ca=ours.ca.read_text(),
        certificate=str(ours.issue("gateway")),
    )
    await Listener(known).confirm(TOLD)
    assert heard == ["gateway"]
    other = Authority(tmp_path, "other-ca").ca.read_text()
    for wrong in ({"ca": other}, {"server_name": "someone-else"}, {"ca": ""}):
        with pytest.raises(GatewayUnknown):
            await Listener(msgspec.structs.replace(known, **wrong)).confirm(TOLD)
    assert heard == ["gateway"]
    server.close()
