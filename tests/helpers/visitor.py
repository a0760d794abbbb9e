"""A patient's browser without a screen: keeps cookies, reads forms, follows only when told."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from tests.helpers.http import http_client

WECHAT = "Mozilla/5.0 MicroMessenger/8.0.50(0x28003237)"
ALIPAY = "Mozilla/5.0 AliApp(AP/10.6.0) AlipayClient/10.6.0"
BROWSER = "Mozilla/5.0 Chrome/120"


@dataclass
class Form:
    """A form of a page: ``fields`` are what a browser would send as it stands."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    """Values of radio buttons and selects by name, those of disabled ones left out."""


class Page(HTMLParser):
    """An answer as a reader sees it."""

    def __init__(self, response: httpx.Response):
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.html = response.text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._words: list[str] = []
        self._skipped = 0
        self._select = ""
        self.feed(self.html.replace("<wbr>", ""))
        self.text = " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The form whose action begins with ``action``."""
        return next(form for form in self.forms if form.action.startswith(action))

    def link(self, part: str) -> str:
        """The first link that contains ``part``."""
        return next(iter(self.links_with(part)))

    def links_with(self, part: str) -> list[str]:
        """Links that contain ``part``, the one to elder mode left out."""
        return [href for href in self.links if part in href and "care=" not in href]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if tag in ("script", "style"):
            self._skipped += 1
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self.forms:
            self._offer(self._select, given.get("value", ""), "selected" in present)
        elif tag == "input" and self.forms and "disabled" not in present:
            self._input(given, "checked" in present)

    def _input(self, given: dict[str, str], checked: bool) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type")
        if kind in ("radio", "checkbox"):
            self._offer(name, value, checked)
        elif name:
            self.forms[-1].fields[name] = value

    def _offer(self, name: str, value: str, chosen: bool) -> None:
        form = self.forms[-1]
        form.offered.setdefault(name, []).append(value)
        if chosen:
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skipped -= 1

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._words.append(data)


class Visitor:
    """One browser. ``base`` is the address of the web; ``agent`` tells WeChat from others."""

    def __init__(self, base: str, agent: str = BROWSER):
        self.base = base
        self.http = http_client(base, headers={"User-Agent": agent}, timeout=20)

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def sign_in(self, person: str) -> "Visitor":
        """The platform's consent as a browser gives it: there, ``person``, back with a code."""
        consent = (await self.get("/signin")).location.split("#")[0]
        back = (await self.get(f"{consent}&as={person}")).location
        landed = await self.get(urlsplit(back)._replace(scheme="", netloc="").geturl())
        assert landed.status == 302, landed.text
        return self

    async def get(self, path: str, **headers: str) -> Page:
        return Page(await self.http.get(urljoin(self.base, path), headers=headers))

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        return Page(await self.http.post(urljoin(self.base, path), data=fields, headers=headers))

    async def submit(self, form: Form, **changed: str) -> Page:
        """Sends a form as it stands, with some fields filled in."""
        fields = {**form.fields, **changed}
        if form.method == "post":
            return await self.post(form.action, fields)
        return Page(await self.http.get(urljoin(self.base, form.action), params=fields))

    async def follow(self, page: Page) -> Page:
        """The page that redirects lead to; they must all stay on this site."""
        while page.location:
            assert page.location.startswith(("/", self.base)), page.location
            page = await self.get(page.location)
        return page

    async def json(self, path: str) -> dict:
        return (await self.http.get(f"{self.base}/api/v1/{path}")).raise_for_status().json()
