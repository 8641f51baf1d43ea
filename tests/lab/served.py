"""A gateway in a process of its own that tells on request what it holds.

    python -m tests.lab.served '{"server": {...}, ...}'

Prints its two ports (plain and TLS), then a line of figures for each line that it reads.
"""

import asyncio
import ctypes
import gc
import json
import os
import sys
from contextlib import suppress
from typing import cast

from sigproxy.config import Settings
from sigproxy.runner import Runner, Site
from tests.lab.lab import listening

try:
    from uvloop import run
except ImportError:
    from asyncio import run

PAGE = os.sysconf("SC_PAGE_SIZE")


def figures(runner: Runner) -> dict[str, int]:
    gc.collect()
    assert runner.server is not None
    assert runner.gateway is not None
    untrimmed = resident_kib()
    trim()
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": len(os.listdir("/proc/self/fd")) - 1,  # without that of the list
        "clients": len(runner.server.connections),
        "pooled": runner.gateway.upstream.idle_count,
        "in_flight": runner.gateway.drain.in_flight,
        "objects": len(gc.get_objects()),
        "kib": resident_kib(),
        "untrimmed_kib": untrimmed,
    }


def resident_kib() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE // 1024


def trim() -> None:
    """Let malloc return what is free: fragments that it keeps say nothing about a leak."""
    with suppress(OSError, AttributeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


async def main(document: str) -> None:
    settings = Settings.model_validate(json.loads(document))
    runner = Runner(settings)
    await runner.setup()
    for context in (lambda: None, lambda: runner.contexts.listener):
        await Site(runner, listening("127.0.0.1"), context).start()
    print(json.dumps([address[1] for address in cast(list[tuple[str, int]], runner.addresses)]))
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(figures(runner)), flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    run(main(sys.argv[1]))
