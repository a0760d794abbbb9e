"""The phone's WebView seen from the network: the product's web, passed through untouched.

Like the real client it names itself in the User-Agent and adds its bridge to every document. The
one header it loosens is who may frame a page: the phone itself.
"""

import re
from urllib.parse import parse_qs, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.phone.owner import ALIPAY, WECHAT, WECOM, opened

SCRIPTS = "/__wechat/static/"
"""Where the phone's own scripts are, those of its bridges among them."""
_HEAD = re.compile(rb"<head(\s[^>]*)?>", re.IGNORECASE)
_ANCESTORS = re.compile(r"frame-ancestors [^;]*")
_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "accept-encoding", "content-length",
        "content-encoding", "server", "date",
    }
)  # fmt: skip
_PLATFORM_PATHS = ("/open/", "/_pay/")
_ALIPAY_PATH = "/open/alipay/"


def inside(url: str, box: Box, own_host: str, platform_port: int) -> str:
    """Where the phone opens an address: the product under the phone's own origin, an app's own
    pages under the app (WeCom's name an agent), anything else as it is."""
    parts = urlsplit(url)
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.netloc in ("", urlsplit(box.config.web).netloc, own_host):
        return rest
    if parts.port == platform_port and parts.path.startswith(_PLATFORM_PATHS):
        client = WECOM if "agentid" in parse_qs(parts.query) else WECHAT
        client = ALIPAY if parts.path.startswith(_ALIPAY_PATH) else client
        return f"{client.path.rstrip('/')}{rest}"
    return url


def onward(handler: RequestHandler) -> HTTPHeaders:
    """The request's headers for the web: the phone names itself, and says who it is for."""
    request, headers = handler.request, HTTPHeaders()
    for name, value in request.headers.get_all():
        if name.lower() not in _HOP and not name.lower().startswith("sec-websocket-"):
            headers.add(name, value)
    headers["User-Agent"] = request.headers.get("User-Agent", "") + opened(handler).agent
    headers["X-Forwarded-For"] = request.remote_ip or ""
    headers["X-Forwarded-Proto"] = request.protocol
    headers["X-Forwarded-Host"] = request.host
    return headers


class WebView(RequestHandler):
    """Every path that is not the phone's own."""

    def initialize(self, box: Box, platform_port: int) -> None:
        self.box, self.platform_port = box, platform_port

    async def _pass(self) -> None:
        client: AsyncHTTPClient = self.settings["http"]
        request = self.request
        try:
            answer = await client.fetch(
                f"{self.box.config.web}{request.uri}",
                method=request.method or "GET",
                headers=onward(self),
                body=request.body or None,
                follow_redirects=False,
                raise_error=False,
                allow_nonstandard_methods=True,
                connect_timeout=10,
                request_timeout=60,
            )
        except (OSError, HTTPError):  # the web gave no answer at all
            self.set_status(502)
            self.render("refused.html", title="网页无法打开", text="网络不可用，请稍后重试")
        else:
            self._back(answer)

    get = post = put = patch = delete = options = head = _pass

    def _back(self, answer: HTTPResponse) -> None:
        self.set_status(answer.code, answer.reason)
        self.clear_header("Content-Type")
        for name, value in answer.headers.get_all():
            if name.lower() not in _HOP:
                self.add_header(name, self._loosened(name, value))
        body = answer.body or b""
        if self._is_document(answer):
            body = _HEAD.sub(lambda found: found[0] + self._bridge(), body, count=1)
        self.finish(None if answer.code in (204, 304) else body)

    def _bridge(self) -> bytes:
        """What the app in front adds to a page."""
        scripts = (f'<script src="{SCRIPTS}{name}"></script>' for name in opened(self).bridge)
        return "".join(scripts).encode()

    def _loosened(self, name: str, value: str) -> str:
        if name == "Location":
            return inside(value, self.box, self.request.host, self.platform_port)
        if name == "Content-Security-Policy":
            return _ANCESTORS.sub("frame-ancestors 'self'", value)
        return "SAMEORIGIN" if name == "X-Frame-Options" else value

    def _is_document(self, answer: HTTPResponse) -> bool:
        """A page to be shown, not a fragment fetched by a script."""
        wanted = self.request.headers.get("Sec-Fetch-Dest", "document")
        html = answer.headers.get("Content-Type", "").startswith("text/html")
        return html and wanted in ("document", "iframe")
