"""Answers at hand, given before a handler is made: what is read thousands of times a second.

Only the plain case is answered here: a ``GET`` of a public route that takes gzip and names no older
answer, of a visitor or a mini-program's session in force, within the limit on asking. Any other
request, refusals included, falls through to the handler of the same route. Nothing is logged here,
so no trace id is made.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    ResponseStartLine,
    format_timestamp,
)
from tornado.routing import PathMatches, Router, Rule

from wx_backend.base import metrics
from wx_backend.base.handler import Front, Handler, Ready, bearer
from wx_backend.identity.accounts import service as accounts

OK = ResponseStartLine("HTTP/1.1", 200, "OK")
NOT_PLAIN = ("Cookie", "If-None-Match", "Range")


def rules(front: Front, routes: Iterable[tuple[str, type[Handler]]]) -> Iterator[Rule]:
    """A rule for each public handler that keeps answers; they go before the handlers' own."""
    for pattern, handler in routes:
        if handler.access.kind == "public" and "ready" in vars(handler):
            yield Rule(PathMatches(pattern), _Route(front, handler))


class _Route(Router):
    def __init__(self, front: Front, handler: type[Handler]):
        self._front, self._handler = front, handler
        self._seconds = metrics.child(metrics.HTTP_SECONDS, handler.__name__, "GET", "2xx")

    def find_handler(
        self,
        request: HTTPServerRequest,
        path_args: Iterable[bytes] = (),
        path_kwargs: Mapping[str, bytes] | None = None,
    ) -> HTTPMessageDelegate | None:
        headers = request.headers
        if request.method != "GET" or "gzip" not in headers.get("Accept-Encoding", ""):
            return None
        if any(name in headers for name in NOT_PLAIN):
            return None
        path = [argument.decode() for argument in path_args]
        answer = self._handler.ready(self._front.house, request, *path)
        caller = self._caller(request)
        if answer is None or caller is None or not self._front.buckets.take(caller):
            return None
        date = _http_date(int(self._front.house.wire.now().timestamp()))
        return _Answer(request, answer, date, self._seconds)

    def _caller(self, request: HTTPServerRequest) -> str | None:
        """Whose asking is counted, as in a handler; None for a session that is not in force."""
        authorization = request.headers.get("Authorization")
        if authorization is None:
            return request.remote_ip
        house = self._front.house
        session = accounts.recognise(house, bearer(house, authorization))
        return session.actor.id if session else None


class _Answer(HTTPMessageDelegate):
    """Writes the answer when the request is complete."""

    def __init__(
        self, request: HTTPServerRequest, answer: Ready, date: str, seconds: metrics.Histogram
    ):
        self._request, self._answer, self._date, self._seconds = request, answer, date, seconds

    def finish(self) -> None:
        connection, answer = self._request.connection, self._answer
        headers = HTTPHeaders(answer.headers)
        headers["Date"] = self._date
        connection.write_headers(OK, headers, answer.body)
        connection.finish()
        self._seconds.observe(self._request.request_time())


@lru_cache(maxsize=2)
def _http_date(second: int) -> str:
    return format_timestamp(second)
