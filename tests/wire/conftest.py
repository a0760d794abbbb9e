"""What all tests of the wire share: a sandbox in a hurry."""

from collections.abc import Iterator

import pytest

from tests.helpers.platforms import HURRY
from tests.helpers.sandbox import Sandbox


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("platform"), speed=HURRY) as running:
        yield running
