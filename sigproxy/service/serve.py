"""`sigproxy serve`: run the master in this process."""

import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sigproxy.config import Settings
from sigproxy.service import streams
from sigproxy.service.application import Service
from sigproxy.service.master import Master


def serve(path: Path | None, settings: Settings, environ: Mapping[str, str]) -> None:
    """Run until a signal stops it; does not return. *environ* is used again on HUP."""
    streams.take_over()
    _raise_open_files()
    try:
        service, pid = Service(path, settings, environ), os.getpid()
    except OSError as error:  # something changed after preflight, or no space for the metrics
        sys.exit(f"not started: {error}; correct that and start sigproxy again")
    try:
        Master(service).run()
    finally:
        if os.getpid() == pid:  # forked workers run this too when they exit
            service.close()


def _raise_open_files() -> None:
    """Raise the limit of open files to the hard limit: each exchange needs two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(OSError, ValueError):  # a sandbox may forbid it; preflight checked the limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
