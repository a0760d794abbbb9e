"""Phones without a screen, over sockets only: a patient's in WeChat, a member of staff's in WeCom.

Used by the smoke run, the drills and the flow tests. It knows the product's public API and the
sandbox's control calls, and imports nothing of the product.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT = (3, 10)
T = TypeVar("T")


class Refused(Exception):
    """The product or the sandbox answered with an error."""

    def __init__(self, status: int, body: Any):
        self.status, self.body = status, body
        error = body.get("error", body) if isinstance(body, dict) else body
        self.code = error.get("code", "") if isinstance(error, dict) else ""
        super().__init__(f"HTTP {status}: {error}")


def wait_for(what: str, read: Callable[[], T | None], seconds: float = 15) -> T:
    """The first truthy answer of ``read``. Raises TimeoutError naming ``what``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := read():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s")


class Sandbox:
    """The sandbox's control calls."""

    def __init__(self, url: str):
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False

    def get(self, path: str, **query: Any) -> Any:
        return _answer(self._http.get(f"{self._url}/_ctl/{path}", params=query, timeout=TIMEOUT))

    def post(self, path: str, **body: Any) -> Any:
        return _answer(self._http.post(f"{self._url}/_ctl/{path}", json=body, timeout=TIMEOUT))

    def pay(self, prepay_id: str, outcome: str = "pay") -> None:
        """What a person does in the pay sheet: pay, cancel, wrong_password or timeout."""
        self.post("pay", prepay_id=prepay_id, outcome=outcome)

    def openid(self, person: str) -> str:
        known = {one["key"]: one["openid"] for one in self.get("people")}
        return known[person]

    def cards(self, openid: str) -> list[dict]:
        """Template messages this person has received."""
        return self.get("journal", openid=openid)["messages"]


class Browser:
    """One person's browser. ``web`` is the address phones open."""

    form_page: str
    """A page with a form, for its token."""

    def __init__(self, web: str, person: str):
        self.web = web
        self.person = person
        self._http = requests.Session()
        self._http.trust_env = False

    def get(self, path: str, **query: Any) -> Any:
        return _answer(self._http.get(f"{self.web}/api/v1/{path}", params=query, timeout=TIMEOUT))

    def post(self, path: str, key: str | None = None, **body: Any) -> Any:
        """``key`` is the Idempotency-Key; a new one when a command needs one and has none."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "X-XSRFToken": self._xsrf()}
        return _answer(
            self._http.post(
                f"{self.web}/api/v1/{path}", json=body, headers=headers, timeout=TIMEOUT
            )
        )

    def page(self, path: str) -> str:
        """A page as it is shown. Raises Refused."""
        answer = self._http.get(f"{self.web}{path}", timeout=TIMEOUT)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, path)
        return answer.text

    def _xsrf(self) -> str:
        if "_xsrf" not in self._http.cookies:
            self.page(self.form_page)
        return self._http.cookies.get("_xsrf", "")


class Phone(Browser):
    """A patient's, inside WeChat."""

    form_page = "/h5/people"

    def sign_in(self) -> None:
        """OAuth as a browser does it: to the platform, consent, back with a code."""
        consent = self._follow(f"{self.web}/signin").split("#")[0]
        back = self._follow(f"{consent}&as={self.person}")
        self._follow(urljoin(self.web, urlsplit(back)._replace(scheme="", netloc="").geturl()))

    def _follow(self, address: str) -> str:
        """Where ``address`` redirects to. Raises Refused when it does not."""
        answer = self._http.get(address, allow_redirects=False, timeout=TIMEOUT)
        if not answer.is_redirect:
            raise Refused(answer.status_code, answer.text[:200])
        return urljoin(address, answer.headers["Location"])

    def messages(self) -> list[dict]:
        """The message centre."""
        return self.get("messages")["items"]

    def people(self) -> list[dict]:
        return self.get("patients")["items"]

    def free_slots(self, department: str | None = None) -> list[dict]:
        """Free slots of the first date that has some, after today; the whole hospital or one
        department."""
        wanted = [department] if department else [d["id"] for d in self.departments()]
        for unit in wanted:
            for day in self.get(f"departments/{unit}/dates")["items"][1:]:
                if day["free"]:
                    return self._free_of(unit, day["date"])
        return []

    def _free_of(self, department: str, date: str) -> list[dict]:
        doctors = self.get(f"departments/{department}/slots", date=date)["doctors"]
        return [slot for one in doctors for slot in one["slots"] if slot["free"]]

    def departments(self) -> list[dict]:
        return self.get("departments")["items"]


class StaffPhone(Browser):
    """A doctor's or nurse's, inside WeCom; ``person`` is the userid."""

    form_page = "/console/me"

    def sign_in(self) -> None:
        """The phone is theirs; WeCom says so to the product without asking. Raises Refused."""
        self._inside("owner", person=self.person)
        self.page("/signin/wecom")
        if not self._http.cookies.get("staff_session"):
            raise Refused(401, "not signed in")

    def cards(self) -> list[dict]:
        """What the conversation with the hospital's application shows, oldest first."""
        return self._inside("state")["messages"]

    def tap(self, card: dict, key: str, **chosen: list[str]) -> None:
        """A button of a card; ``chosen`` is option ids by question. Raises Refused."""
        self._inside("tap", id=card["id"], key=key, chosen=chosen)

    def _inside(self, what: str, **body: Any) -> Any:
        """A call of the phone's own."""
        address = f"{self.web}/__wecom/api/{what}"
        ask = self._http.post if body else self._http.get
        return _answer(ask(address, timeout=TIMEOUT, **({"json": body} if body else {})))


def _answer(response: requests.Response) -> Any:
    body = response.json() if response.content else None
    if response.status_code >= 400:
        raise Refused(response.status_code, body)
    return body
