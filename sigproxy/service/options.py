"""gunicorn's settings, made from ours.

Timeouts nest, see ``config.nesting``: drain_s is shorter than graceful_timeout, after which
gunicorn kills a stopping worker. That is shorter than timeout, after which gunicorn kills a worker
without a heartbeat, since a draining worker sends none.
"""

import logging
import os
from typing import Any

from sigproxy import __version__
from sigproxy.config import Settings, nesting

BACKLOG = 2048  # connections that wait to be accepted; gunicorn has 2048, nginx 511

log = logging.getLogger("gunicorn.error")


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings; all others keep gunicorn's defaults."""
    server = settings.server
    return {
        "bind": list(server.bind),
        "workers": server.workers,
        "worker_class": "sigproxy.service.worker.Worker",
        "certfile": str(server.certificate) if server.certificate else None,
        "keyfile": str(server.private_key) if server.private_key else None,
        "graceful_timeout": nesting.worker_ends_s(settings),
        "timeout": nesting.worker_is_dead_s(settings),
        "keepalive": round(server.keepalive_s),
        "backlog": BACKLOG,
        "accesslog": None,  # we have our own; gunicorn's would show query values
        "errorlog": "-",
        "proc_name": "sigproxy",
        # With a heartbeat file on a slow or full disk, a worker would seem dead.
        "worker_tmp_dir": memory_folder(),
        "control_socket_disable": True,
        "when_ready": _announce,
        "post_fork": _let_go,
    }


def memory_folder() -> str | None:
    """Return a folder whose files are in memory; None if there is none."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _announce(arbiter: Any) -> None:
    log.info("sigproxy %s starts %d worker(s)", __version__, arbiter.num_workers)


def _let_go(arbiter: Any, worker: Any) -> None:
    if hasattr(arbiter, "close_dropped_listeners"):  # our Master, not gunicorn's own
        arbiter.close_dropped_listeners()
