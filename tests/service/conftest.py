"""Processes that end with the test, whatever happens in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lab.lab import Lab
from tests.lab.pki import Pki
from tests.service.admin import Watched
from tests.service.process import Service, settings

Make = Callable[..., Service]


@pytest.fixture
async def service(lab: Lab, pki: Pki, tmp_path: Path) -> AsyncIterator[Make]:
    """Return a maker of services that reach the lab; its arguments are the file's tables."""
    async with AsyncExitStack() as stack:

        def make(**tables: Any) -> Service:
            made = Service(tmp_path, settings(lab, **tables), pki)
            stack.push_async_callback(made.end)
            return made

        yield make


@pytest.fixture
def watched(service: Make) -> Watched:
    """Return a service of two workers with an admin listener."""
    return Watched(service(server={"workers": 2}))
