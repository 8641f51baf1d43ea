"""A process of ours that does as it is told: each order is a line of JSON, and so its answer."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.service.process import ROOT

Order = Callable[..., Awaitable[Any]]

_LINE_BYTES = 1 << 26  # a report has a line for each session
ANSWER_S = 60.0
END_S = 5.0


class Ended(Exception):
    """A process of ours has ended, or is silent."""


class Child:
    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self._name = name
        self._process = process
        self._log = log

    async def ask(self, order: str, *arguments: Any) -> Any:
        """Give an order and return its answer; raise Ended if none comes."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps([order, *arguments]).encode() + b"\n")
            async with asyncio.timeout(ANSWER_S):
                line = await stdout.readline()
        except (ConnectionError, TimeoutError):
            line = b""
        if not line:
            said = self._log.read_text(errors="replace")[-2000:]
            raise Ended(f"{self._name} does not answer {order!r}:\n{said}")
        return json.loads(line)

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def started(
    name: str,
    document: Mapping[str, Any],
    directory: Path,
    *,
    package: str = "soak",
    prefix: Sequence[str] = (),
) -> AsyncIterator[Child]:
    """Run the module ``soak.NAME`` until the block ends; what it complains of is in NAME.log.

    *prefix* stands in front of the command: what runs it in another network, say.
    """
    log = directory / f"{name}.log"
    with log.open("wb") as errors:
        # A session of its own: Ctrl-C reaches only us, and we end each process by its id.
        process = await asyncio.create_subprocess_exec(
            *(*prefix, sys.executable, "-m", f"{package}.{name}", json.dumps(document)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            start_new_session=True,
            limit=_LINE_BYTES,
            env=os.environ,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        await child.end()


async def obey(orders: Mapping[str, Order]) -> None:
    """In the child: answer orders until there is nobody left to give any."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order, *arguments = json.loads(line)
        print(json.dumps(await orders[order](*arguments)), flush=True)


def run(main: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """In the child: run *main* with what it was started with, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # no wheel for this platform, and it did not build
        asyncio.run(_whole(main))
    else:
        uvloop.run(_whole(main))


async def _whole(main: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    await main(json.loads(sys.argv[1]))
