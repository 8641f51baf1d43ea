"""Wait for what has to be asked for."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.service.process import START_S


async def eventually(condition: Callable[[], Awaitable[bool]], within_s: float = START_S) -> None:
    """Return once *condition* holds; raise TimeoutError if it does not in time."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110  # of other processes, which tell nobody
            await asyncio.sleep(0.1)
