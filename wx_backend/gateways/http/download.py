"""A platform's file, brought to a temporary one on disk within limits of size and time."""

import tempfile
import time
from typing import IO

import requests

from wx_backend.gateways.billing import BillBroken

MOST_BYTES = 128 * 1024 * 1024
"""Of a packed file; a day of 200,000 rows has some 10 MB."""

MOST_TEXT = 1024 * 1024 * 1024
"""Of an unpacked one: what swells beyond this is no bill."""

SECONDS = 120
_CHUNK = 256 * 1024


def fetch(session: requests.Session, url: str, headers: dict[str, str]) -> IO[bytes]:
    """The body of a GET at the beginning of a file that vanishes when it is closed.

    Raises:
        BillBroken: too_large.
        requests.RequestException: also for a status that is no success, half a body, or more than
            ``SECONDS`` for all of it.
    """
    ends = time.monotonic() + SECONDS
    with session.get(url, headers={"User-Agent": "wx-backend", **headers}, stream=True) as answer:
        answer.raise_for_status()
        kept = tempfile.TemporaryFile()  # noqa: SIM115 the caller closes it
        try:
            for chunk in answer.iter_content(_CHUNK):
                kept.write(chunk)
                if kept.tell() > MOST_BYTES:
                    raise BillBroken("too_large")
                if time.monotonic() > ends:
                    raise requests.Timeout("the file took too long")
        except BaseException:
            kept.close()
            raise
    kept.seek(0)
    return kept
