"""What /-/status.json of a service says."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from sigproxy.service.status_pages import EVERY_S
from tests.lab.wire import WAIT_S
from tests.service.admin import Watched

Seen = dict[str, Any]


async def status(watched: Watched, query: bytes = b"") -> Seen:
    answer = await watched.page(b"/-/status.json" + query)
    assert answer.status == 200
    return dict(json.loads(answer.body))


async def shows(watched: Watched, condition: Callable[[Seen], object]) -> Seen:
    """Return the status once *condition* holds for it, whichever worker is asked next.

    A worker may answer with a document that it made half a second ago.
    """
    seen: Seen = {}
    try:
        async with asyncio.timeout(WAIT_S):
            while not seen or not condition(seen):
                seen = await status(watched)
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(json.dumps(seen, indent=1)[:6000]) from None
    await asyncio.sleep(EVERY_S / 2)
    return seen


def requests(seen: Seen) -> int:
    return sum(row["requests_last_hour"] for row in seen["routes"])


def tokens(seen: Seen) -> list[str]:
    return [row["token"] for row in seen["errors"]]
