"""One call to a platform whose answers are signed: measured, and what leaves it open is said so."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from wx_backend.base.errors import GatewayUnknown
from wx_backend.gateways.http.meter import measured
from wx_backend.gateways.standing import Standing

logger = logging.getLogger(__name__)


class Untrusted(Exception):
    """What came is not what the platform has signed; `reason` is a short fixed word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def asked(platform: str, call: str, standing: Standing | None = None) -> Iterator[None]:
    """Around asking and reading; what it says of the account is kept in its `standing`.

    Raises `GatewayUnknown`: no answer came, or none to believe.
    """
    with standing.watch(call) if standing else measured(platform, call):
        try:
            yield
        except requests.RequestException as error:
            raise GatewayUnknown(platform=platform) from error
        except Untrusted as error:
            told = {"call": call, "reason": error.reason}
            logger.error(f"{platform}.answer_untrusted", extra=told)
            raise GatewayUnknown(platform=platform) from error
