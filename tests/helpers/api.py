"""The API as a mini-program uses it, each answer compared with the published document."""

import re
from typing import Any

import httpx
import jsonschema_rs

from tests.helpers.hospital import Hospital
from tests.helpers.http import http_client
from wx_backend.base import ids
from wx_backend.base.handler import SESSION, signed
from wx_backend.identity.accounts import sessions

PLACE = re.compile(r"\{\w+\}")


async def bearer(hospital: Hospital, person: str) -> str:
    """The token of one of the sandbox's people, as ``POST /api/v1/sessions`` gives it."""
    ctx = await hospital.acting(person)
    claims = sessions.issue(ctx.actor.id, ctx.channel, ctx.institution, 1)
    return signed(hospital.house, SESSION, claims)


class Described:
    """The published document, and which parts of it answers were compared with."""

    def __init__(self, document: dict[str, Any]):
        self.document = document
        self.seen: set[tuple[str, str]] = set()
        literal_first = sorted(document["paths"], key=lambda path: len(PLACE.findall(path)))
        self._paths = {path: re.compile(PLACE.sub("[^/]+", path)) for path in literal_first}

    def operations(self) -> set[tuple[str, str]]:
        return {(m, path) for path, item in self.document["paths"].items() for m in item}

    def check(self, method: str, path: str, answer: httpx.Response) -> None:
        """Raises AssertionError or a validation error: the answer is not what is published."""
        name = next(name for name, pattern in self._paths.items() if pattern.fullmatch(path))
        operation = self.document["paths"][name][method]
        responses = operation["responses"]
        response = responses.get(str(answer.status_code))
        assert response, f"{method} {name} answered {answer.status_code}: {answer.text}"
        if answer.status_code < 300:
            self.seen.add((method, name))
        if "content" not in response:
            assert answer.content == b""
            return
        schema = response["content"]["application/json"]["schema"]
        jsonschema_rs.validate({**schema, "components": self.document["components"]}, answer.json())


class Caller:
    """One signed-in person; every answer is compared with the document."""

    def __init__(self, url: str, described: Described, token: str = ""):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = http_client(url, headers=headers)
        self._described = described

    async def __aenter__(self) -> "Caller":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """The answer's body; its status must be ``status``."""
        path = f"/api/v1/{path}"
        headers = {"Idempotency-Key": ids.new("key"), **more.pop("headers", {})}
        answer = await self._http.request(method, path, headers=headers, **more)
        assert answer.status_code == status, answer.text
        self._described.check(method, path, answer)
        return answer.json() if answer.content else None
