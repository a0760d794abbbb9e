"""TLS of the interface gateway: its certificate, and whose certificates it takes.

Off without a certificate (loopback, or a tunnel of the operator's). With ``WX_HL7_TLS_CLIENT_CA``
every peer shows a certificate of that authority; with ``WX_HL7_TLS_NAMES`` it is one of these.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from wx_backend.base.settings import BadSettings, Settings


def context(settings: Settings) -> ssl.SSLContext | None:
    """How connections are secured; None for not at all. Raises BadSettings."""
    if not settings.hl7_tls_cert:
        if settings.hl7_tls_key or settings.hl7_tls_client_ca or settings.hl7_tls_names:
            raise BadSettings("WX_HL7_TLS_CERT 未设置，其余 WX_HL7_TLS_* 不起作用")
        return None
    if settings.hl7_tls_names and not settings.hl7_tls_client_ca:
        raise BadSettings("WX_HL7_TLS_NAMES 需要同时设置 WX_HL7_TLS_CLIENT_CA")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(settings.hl7_tls_cert, settings.hl7_tls_key or None)
        if settings.hl7_tls_client_ca:
            made.load_verify_locations(settings.hl7_tls_client_ca)
            made.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:  # also what ssl itself raises
        raise BadSettings(f"WX_HL7_TLS_* 有误: {error}") from error
    return made


def names(settings: Settings) -> frozenset[str]:
    """The names of peers, lower case; empty means any."""
    given = (name.strip().lower() for name in settings.hl7_tls_names.split(","))
    return frozenset(filter(None, given))


def named(certificate: Mapping[str, Any] | None, wanted: frozenset[str]) -> bool:
    """Whether a peer's certificate, which has been verified, is one of ``wanted``."""
    if not wanted:
        return True
    given = certificate or {}
    alternative = {value for kind, value in given.get("subjectAltName", ()) if kind == "DNS"}
    common = {
        value for part in given.get("subject", ()) for key, value in part if key == "commonName"
    }
    return not wanted.isdisjoint(name.lower() for name in alternative | common)
