"""What goes over a live socket, built once for all its receivers. Pure.

A message is one JSON object about one topic::

    {"topic": "me:acc…", "seq": 57, "data": …}         something happened
    {"topic": "me:acc…", "seq": 57, "following": true}  what was followed, and where it stands
    {"topic": "me:acc…", "seq": 57, "gap": true}        numbers up to 57 are gone: read anew
    {"topic": "me:acc…", "refused": "not_found"}        may not be followed
"""

import struct
from typing import Any

import msgspec

SLOW = 4000
"""Close code: the outgoing buffer was full; connect again and catch up from the last number."""
SIGNED_OUT = 4001
REPLACED = 4002
"""Close code: the same person opened more sockets than one may have."""
NOT_UNDERSTOOD = 4003
SILENT = 4004
GOING_AWAY = 1001

TEXT = 0x81
"""A final text frame (RFC 6455, 5.2)."""


def happened(topic: str, seq: int, body: str) -> bytes:
    """``body`` is JSON text as storage keeps it."""
    return text_frame(f'{{"topic":"{topic}","seq":{seq},"data":{body}}}'.encode())


def said(**about: Any) -> bytes:
    return text_frame(msgspec.json.encode(about))


def text_frame(payload: bytes) -> bytes:
    """A whole unmasked frame, as a server sends it."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", TEXT, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", TEXT, 126, size) + payload
    return struct.pack("!BBQ", TEXT, 127, size) + payload
