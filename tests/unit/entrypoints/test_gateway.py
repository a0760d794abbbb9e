"""What the gateway takes from its settings."""

from ipaddress import ip_network

import pytest

from wx_backend.base.settings import BadSettings, Settings
from wx_backend.entrypoints import gateway
from wx_backend.entrypoints.interfaces.routes import KINDS


def test_whose_messages() -> None:
    assert gateway.institution(Settings(default_institution="a")) == "a"
    assert gateway.institution(Settings(default_institution="a", hl7_institution="b")) == "b"
    with pytest.raises(BadSettings, match="WX_HL7_INSTITUTION"):
        gateway.institution(Settings())


def test_who_may_connect() -> None:
    assert gateway.peers(Settings()) == []
    listed = gateway.peers(Settings(hl7_peers="10.1.0.0/16, 10.2.3.4"))
    assert listed == [ip_network("10.1.0.0/16"), ip_network("10.2.3.4/32")]
    with pytest.raises(BadSettings, match="WX_HL7_PEERS"):
        gateway.peers(Settings(hl7_peers="10.1.0.1/16"))
    with pytest.raises(BadSettings, match="WX_HL7_PEERS"):
        gateway.peers(Settings(env="production"))


def test_a_charset_nobody_knows() -> None:
    with pytest.raises(BadSettings, match="WX_HL7_CHARSET"):
        gateway.server(Settings(default_institution="a", hl7_charset="klingon"), None)


def test_what_is_received() -> None:
    numbers = ("01", "02", "03", "04", "08", "11", "12", "13", "28", "31", "40")
    adt = {f"ADT^A{number}" for number in numbers}
    assert adt | {"ORU^R01"} == KINDS
