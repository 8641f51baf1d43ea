"""The application for operators who start gunicorn themselves, with ``conf/gunicorn.conf.py``."""

import logging
import os
from pathlib import Path

from sigproxy.config import load
from sigproxy.runner import Runner
from sigproxy.service import streams

log = logging.getLogger("gunicorn.error")


async def from_environment() -> Runner:
    """The application for ``gunicorn -c conf/gunicorn.conf.py``; SIGPROXY_CONFIG names the file."""
    settings = load(config_path(), os.environ)
    streams.hide_keys_of(settings)
    if settings.admin.bind is not None:
        log.warning("admin.bind: metrics need `sigproxy serve`; start the gateway with that")
    return Runner(settings)


def config_path() -> Path | None:
    named = os.environ.get("SIGPROXY_CONFIG")
    return Path(named) if named else None
