"""What every test of connections from clients may ask for."""

import asyncio
from typing import Any

import pytest


@pytest.fixture
async def complaints() -> list[dict[str, Any]]:
    """What the loop has to report: nothing that a client or a balancer does is worth that."""
    found: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    return found
