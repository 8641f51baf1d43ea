"""What gunicorn is told, from our settings.

Timeouts nest, as ``config.nesting`` says: a drain ends before gunicorn kills the worker for not
ending (graceful_timeout), and that comes before it kills a worker for silence (timeout), since a
worker that drains sends no heartbeat.
"""

import logging
import os
from typing import Any

from sigproxy import __version__
from sigproxy.config import Settings, nesting

BACKLOG = 2048  # connections that wait to be accepted; gunicorn's and nginx's are 2048 and 511

log = logging.getLogger("gunicorn.error")


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings; what is not here is gunicorn's default."""
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
        "accesslog": None,  # ours; gunicorn's prints queries
        "errorlog": "-",
        "proc_name": "sigproxy",
        # A heartbeat file on a slow or full disk would look like a dead worker.
        "worker_tmp_dir": memory_folder(),
        "control_socket_disable": True,
        "when_ready": _announce,
        "post_fork": _let_go,
    }


def memory_folder() -> str | None:
    """Return where files are in memory; None where there is no such place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _announce(arbiter: Any) -> None:
    log.info("sigproxy %s starts %d worker(s)", __version__, arbiter.num_workers)


def _let_go(arbiter: Any, worker: Any) -> None:
    if hasattr(arbiter, "close_dropped_listeners"):  # or it is gunicorn's own
        arbiter.close_dropped_listeners()
