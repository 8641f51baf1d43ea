"""A browser for each test, and services as those of tests/service."""

import shutil
from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.lab.lab import Lab
from tests.sdk.browser import PROGRAM, running
from tests.service.conftest import service, watched

if TYPE_CHECKING:
    from playwright.async_api import Browser

__all__ = ["service", "watched"]


@pytest.fixture
async def browser(lab: Lab) -> AsyncIterator["Browser"]:
    """Run a browser, which ends before *lab* looks for tasks that are left."""
    if find_spec("playwright") is None:
        pytest.skip("playwright is not installed: make test-status installs it")
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"there is no {PROGRAM}: apt-get install chromium")
    async with running({}) as started:
        yield started
