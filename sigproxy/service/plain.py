"""For those who start gunicorn themselves, with ``conf/gunicorn.conf.py``."""

import os
from pathlib import Path

from sigproxy.app import Runner
from sigproxy.config import load


async def from_environment() -> Runner:
    """The application for ``gunicorn -c conf/gunicorn.conf.py``; SIGPROXY_CONFIG names the file."""
    return Runner(load(config_path(), os.environ))


def config_path() -> Path | None:
    named = os.environ.get("SIGPROXY_CONFIG")
    return Path(named) if named else None
