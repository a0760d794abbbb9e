"""The clinic that a file of booking tests shares: to start one costs more than most tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.helpers.outpatient import Outpatient, outpatient
from tests.helpers.sandbox import Sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_clinic(mongo_uri: str, sandbox: Sandbox) -> AsyncIterator[Outpatient]:
    """Call ``fresh`` before each test."""
    async with outpatient(mongo_uri, sandbox) as clinic:
        yield clinic
