"""A Redis of the test's own, at a socket in a folder."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.lab.lab import until
from tests.orphans import end_with_parent


def obstacle() -> str | None:
    """Return why there can be none here; None if there can."""
    if shutil.which("redis-server") is None:
        return "redis-server is not installed: apt-get install redis-server"
    return None


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[str]:
    """Run it and return its URL."""
    path = folder / "redis.sock"
    process = await asyncio.create_subprocess_exec(
        *("redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder),
        stdout=asyncio.subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    try:
        await until(lambda: _listens(path))
        yield f"redis+unix://{path}"
    finally:
        process.terminate()
        await process.wait()


def _listens(path: Path) -> bool:
    """Return whether a connection is taken; the file is there before."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
