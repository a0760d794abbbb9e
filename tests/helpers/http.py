"""HTTP clients for this machine: no proxy and no TLS, whose certificates take longer to load than
most requests.
"""

import ssl
import sys
from typing import Any

import httpx

sys.modules.setdefault("sniffio", None)  # httpx looks for it on the disk at every request

PLAIN = {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}


def http_client(base_url: str = "", **more: Any) -> httpx.AsyncClient:
    """``more`` are httpx's own: headers, timeout (seconds) …"""
    return httpx.AsyncClient(base_url=base_url, **PLAIN, **more)
