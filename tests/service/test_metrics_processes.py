"""Metrics of the service as a whole: its processes, and what its exchanges rely on."""

import os
import signal
import time

from tests.lab.lab import Lab, until
from tests.service.admin import Watched, killed, reloaded, vendor
from tests.service.process import START_S


async def processes_of(watched: Watched) -> dict[str, float]:
    """Return the samples of *watched* whose names every Prometheus client has."""
    text = (await watched.page(b"/-/metrics")).body.decode()
    lines = [line.split() for line in text.splitlines() if line.startswith("process_")]
    return {name: float(value) for name, value in lines}


async def test_what_the_processes_use(lab: Lab, watched: Watched) -> None:
    before = time.time()
    running = watched.running
    await running.start()
    await watched.shows(workers=2)
    seen = await processes_of(watched)

    assert before - 1 < seen["process_start_time_seconds"] < time.time()
    assert 0 < seen["process_cpu_seconds_total"] < 60
    assert 3 * 10e6 < seen["process_resident_memory_bytes"] < 3 * 300e6
    assert seen["process_resident_memory_bytes"] < seen["process_virtual_memory_bytes"]
    first = running.workers()[0]
    with running.only(first):
        clients = [await running.client() for _ in range(50)]
        # The kernel has connected them; the worker accepts them in its own time.
        await until(lambda: len(os.listdir(f"/proc/{first}/fd")) > len(clients))
    grown = (await processes_of(watched))["process_open_fds"]
    assert len(clients) < grown < seen["process_max_fds"]


async def test_times_of_workers_never_fall(lab: Lab, watched: Watched) -> None:
    """Neither at a reload nor when a worker is killed: a counter that falls has started anew."""
    running = watched.running
    await running.start()
    first = await processes_of(watched)
    await killed(running, running.workers()[0])
    await reloaded(running)
    await until(lambda: len(running.workers()) == 2, START_S)
    last = await processes_of(watched)

    assert last["process_cpu_seconds_total"] > first["process_cpu_seconds_total"]
    assert last["process_start_time_seconds"] == first["process_start_time_seconds"]


async def test_a_redis_that_counts_the_network_test_alone_may_fail_too(watched: Watched) -> None:
    key, document = "k-0123456789abcdef", watched.running.document
    document["limits"] = {"request_rate_redis": "redis+unix:///nonexistent/redis.sock"}
    document["network_test"] = {"keys": [key]}
    watched.running.write()
    await watched.running.start()

    await watched.get(f"/-/network/{key}".encode())

    await watched.shows(redis_failures_total=1)


async def test_what_exchanges_rely_on(lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    running = watched.running
    running.document["limits"] = {
        "request_rate": "1000/minute",
        "request_rate_redis": "redis+unix:///nonexistent/redis.sock",
    }
    running.write()
    await running.start()
    await watched.shows(**{'log_lines_lost_total{log="access"}': 0, "redis_failures_total": 0})
    name_server = f'dns_server_failures_total{{server="{lab.dns.address}"}}'
    client = await running.client()
    await client.get(upstream.at("/"))
    await client.get(upstream.at("/"))

    await watched.shows(
        **{
            "upstream_connections_idle": 1,
            'upstream_connections_total{kind="new"}': 1,
            'upstream_connections_total{kind="reused"}': 1,
            'dns_lookups_total{result="answered"}': 1,
            'dns_lookups_total{result="failed"}': 0,
            name_server: 0,
            "redis_failures_total": 1,
        }
    )
    client.close()
    await watched.shows(upstream_connections_idle=0)
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0
