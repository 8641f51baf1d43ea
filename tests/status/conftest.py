"""A browser for each test, and services as those of tests/service."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.lab.lab import Lab
from tests.sdk.browser import obstacle, running
from tests.service.conftest import service, watched

if TYPE_CHECKING:
    from playwright.async_api import Browser

__all__ = ["service", "watched"]


@pytest.fixture
async def browser(lab: Lab) -> AsyncIterator["Browser"]:
    """Run a browser, which ends before *lab* looks for tasks that are left."""
    if reason := obstacle():
        pytest.skip(reason)
    async with running({}) as started:
        yield started
