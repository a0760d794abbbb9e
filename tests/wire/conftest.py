"""What all tests of the wire share: a sandbox in a hurry, and clients that give up early."""

from collections.abc import Iterator

import pytest

from tests.helpers.platforms import HURRY
from tests.helpers.sandbox import Sandbox
from wx_backend.gateways.http import adapter


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("platform"), speed=HURRY) as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For platforms that do not answer: give up early."""
    monkeypatch.setattr(adapter, "TIMEOUT", (1.0, 0.5))
