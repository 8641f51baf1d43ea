"""A service whose workers do not start while a file is there."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.service.admin import reloaded
from tests.service.process import Service

_COMMAND = """
import os, sys, time
from sigproxy.service import pulse, worker
pulse.LONGEST_START_S = float(os.environ.get("LONGEST_START_S", pulse.LONGEST_START_S))
start = worker.Site.start
async def failing(self):
    if os.path.exists(fails := os.environ["FAILS"]):
        {}
    await start(self)
worker.Site.start = failing
from sigproxy.cli import main
main(prog_name="sigproxy")
"""
RAISE = "raise OSError('made up')"
ABORT = "os.abort()"
INTERRUPT = "raise KeyboardInterrupt"  # Ctrl-C, where nothing handles it
HANG = "time.sleep(999)"
# Whoever waits for the file to go leaves one of its own: FILE.waits.PID
WAIT_AND_RAISE = f"""open(f"{{fails}}.waits.{{os.getpid()}}", "w").close()
        while os.path.exists(fails):
            time.sleep(0.01)
        {RAISE}"""


async def started(
    running: Service, fails: Path, how: str = RAISE, environ: Mapping[str, str] | None = None
) -> set[int]:
    """Start it, return its workers; while *fails* is there, others end as *how* says.

    They do so when they should begin to listen, with all else done.
    """
    command = (sys.executable, "-c", _COMMAND.format(how), "serve", "--config")
    await running.start(command, {**(environ or {}), "FAILS": str(fails)})
    await reloaded(running)  # what has only been started may not listen yet
    return set(running.workers())
