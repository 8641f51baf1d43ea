"""Where everything listens, which core it runs on, how many descriptors it may have."""

import os
import resource
import socket

PROXY_HOST = "127.47.0.1"
PROXY_NAME = "proxy.test"
UPSTREAM_HOST = "127.47.0.2"
UPSTREAM_NAME = "up.example.com"
# Who listens at the upstream's address. In paths the ports tell the three apart.
FAST_PORT, ECHO_PORT, FAR_PORT = 8443, 8444, 8445
# Each source address has its own 28,000 ports; ten thousand clients share eight addresses, so that
# those of the run before, in TIME_WAIT, are in nobody's way.
CLIENT_HOSTS = tuple(f"127.47.0.{number}" for number in range(101, 109))
ORIGIN = "https://app.example"

ROUND_TRIP_S = 0.040  # to the upstream behind FAR_PORT
DESCRIPTORS = 65_536
# Listeners, logs, pooled connections, what the interpreter holds; sigproxy keeps back 512.
SPARE_DESCRIPTORS = 600


def target(port: int, path: str) -> str:
    """Return the path by which a proxy is told upstream and path."""
    return f"/{UPSTREAM_NAME}:{port}{path}"


def proxy_cores(workers: int, available: set[int] | None = None) -> set[int]:
    """Return one core for each worker, or as many as there are."""
    return set(_ordered(available)[:workers])


def load_cores(available: set[int] | None = None) -> set[int]:
    """Return the cores of clients and upstream: what two workers leave, or one, or all."""
    ordered = _ordered(available)
    return set(ordered[2:] or ordered[1:] or ordered)


def _ordered(available: set[int] | None) -> list[int]:
    return sorted(os.sched_getaffinity(0) if available is None else available)


def raise_descriptor_limit() -> int:
    """Allow this process and its children as many descriptors as we may; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(hard, DESCRIPTORS), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        except (ValueError, PermissionError):
            continue
        return limit
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def check_free(who: str, address: tuple[str, int]) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            host, port = address
            raise RuntimeError(f"{who} needs {host}:{port}: {error.strerror}") from error
