"""`sigproxy` forked from a process that has imported it already: most of a start is imports.

What tests start by another command line, and systemd, is executed as it is outside.
"""

import asyncio
import atexit
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.orphans import end_with_parent

SIGPROXY = (sys.executable, "-m", "sigproxy")

# prometheus_client is not among them: it reads the environment when it is imported.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *("sigproxy.cli.serve", "sigproxy.service.serve", "sigproxy.service.worker", "uvloop"),
        *("sigproxy.cli.check", "sigproxy.cli.reload", __name__),
    ]
)


class Forked:
    """A process as asyncio's, as far as the tests need it."""

    def __init__(
        self, arguments: Sequence[str], out: Path, err: Path, cwd: Path, environ: Mapping[str, str]
    ) -> None:
        told = (arguments, out, err, cwd, {**environ})
        self._process = _FORKS.Process(target=_run, args=told)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code; a signal's number, negative; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Return the exit code once it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        assert self.returncode is not None
        return self.returncode


def _run(
    arguments: Sequence[str], out: Path, err: Path, cwd: Path, environ: Mapping[str, str]
) -> None:
    from sigproxy.cli import main

    end_with_parent()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY), stream)
    try:
        main(arguments, prog_name="python -m sigproxy")
    finally:
        atexit._run_exitfuncs()  # multiprocessing ends a process without them, and its workers too
