"""The transport under every platform SDK: one host only, our base URL, time-outs, pooled
connections.
"""

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

TIMEOUT = (
    3.0,
    8.0,
)  # seconds to connect, seconds between two reads; below every handler's deadline
_CONNECTIONS = 16


class PlatformAdapter(HTTPAdapter):
    """Sends what an SDK addressed to `origin` to `target` instead, never without a time-out.

    The SDKs have the platform's address built in; `target` is the one from our settings. A replaced
    address is called directly, without the proxies of the environment.
    """

    def __init__(self, origin: str, target: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS)
        self._origin, self._target = origin, target.rstrip("/")

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        if self._target != self._origin:
            request.url = self._target + str(request.url).removeprefix(self._origin)
            proxies = None
        return super().send(request, stream, timeout or TIMEOUT, verify, cert, proxies)


def platform_session(origin: str, target: str) -> requests.Session:
    """A session for SDK calls to `origin` (scheme and host). Any other host and any redirect is an
    error.
    """
    session = requests.Session()
    session.adapters.clear()
    session.mount(f"{origin}/", PlatformAdapter(origin, target))
    session.max_redirects = 0
    return session


def never_sent(error: requests.RequestException) -> bool:
    """Whether the connection was not even made, so the platform cannot have seen the request."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
