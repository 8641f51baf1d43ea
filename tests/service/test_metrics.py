"""Metrics: the numbers of all workers, over their deaths and reloads."""

import asyncio
import sys

from sigproxy import __version__
from sigproxy.config.certificates import valid_until
from tests.lab.frames import close, handshake
from tests.lab.lab import Lab
from tests.lab.pki import Pki
from tests.service.admin import SERVED, Make, Watched, folder, killed, reloaded, vendor


async def test_the_counts_are_the_sum_of_what_each_worker_served(
    lab: Lab, watched: Watched
) -> None:
    upstream = await vendor(lab)
    await watched.running.start()
    await watched.shows(workers=2)
    first, second = watched.running.workers()
    for worker, times in ((first, 3), (second, 4)):
        with watched.running.only(worker):
            await watched.get(upstream.at("/"), times)

    await watched.shows(served=7, workers=2, exchanges_in_flight=0, draining=0)
    seen = await watched.scraped()
    assert seen['exchange_duration_seconds_count{route="/"}'] == 7
    assert seen["upstream_connect_seconds_count"] == 7  # each client has one of its own
    assert seen["upstream_tls_seconds_count"] == 7
    assert seen["dns_seconds_count"] == 2
    assert seen["loop_lag_seconds_count"] >= 2
    version = sys.version.split()[0]
    assert seen[f'build_info{{python="{version}",version="{__version__}"}}'] == 1


async def test_what_a_killed_worker_counted_stays_and_what_it_had_open_goes(
    lab: Lab, watched: Watched
) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    await watched.get(upstream.at("/"), 4)
    for worker in running.workers():
        with running.only(worker):
            asking, websocket = await running.client(), await running.client()
            asking.ask(upstream.at("/never"))
            await handshake(websocket, upstream.at("/ws"))
    await watched.shows(served=4, exchanges_in_flight=4, websockets_open=2, connections_open=4)

    for worker in running.workers():
        await killed(running, worker)

    await watched.shows(served=4, exchanges_in_flight=0, connections_open=0, workers=2)
    await watched.get(upstream.at("/"))
    await watched.shows(served=5)


async def test_counts_and_listener_outlive_reloads(lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    await watched.get(upstream.at("/"), 4)
    await watched.shows(served=4)
    served = []
    async with asyncio.TaskGroup() as both:
        reload = both.create_task(reloaded(running))
        while not reload.done():
            served.append((await watched.scraped())[SERVED])
            assert (await watched.page(b"/-/ready")).status == 200
    await reloaded(running)

    assert set(served) == {4}  # one that falls looks to Prometheus as if all were counted anew
    await watched.shows(served=4, workers=2, draining=0)
    files = {path.name for path in folder(running.workers()[0]).glob("*.db")}
    pids = {part for name in files if (part := name.removesuffix(".db").rpartition("_")[2])}
    assert pids == {"dead", "master", *map(str, running.workers())}


async def test_no_label_is_a_clients_or_an_upstreams(lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    client = await running.client()
    for target in (upstream.at("/planted?planted=planted"), upstream.at("/odd"), b"/planted.com/"):
        await client.get(target, b"Origin: https://planted.example", b"Planted: planted")
    await client.get(b"/planted", method=b"PLANTED")
    garbage = await running.client()
    garbage.send(b"planted planted\r\n\r\n")
    await garbage.closed()
    websocket = await running.client()
    await handshake(websocket, upstream.at("/planted"))
    websocket.send(close(4242, masked=True))
    await websocket.closed()

    await watched.shows(
        **{
            'exchanges_total{code="2xx",error="",route="/"}': 1,
            'exchanges_total{code="403",error="target_refused",route="/"}': 1,
            'exchanges_total{code="400",error="bad_request",route=""}': 2,
            'refusals_total{reason="target_refused"}': 1,
            'websocket_closes_total{by="client",code="4xxx"}': 1,
        }
    )
    text = (await watched.page(b"/-/metrics")).body.decode()
    assert [
        word for word in ('"299"', '"4242"', "example", "planted") if word in text.lower()
    ] == []


async def test_when_the_certificate_expires(service: Make, pki: Pki) -> None:
    files = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    watched = Watched(service(server=files))
    await watched.running.start()
    expiry = valid_until(pki.certificate, pki.private_key)
    assert expiry is not None
    seen = await watched.scraped()
    assert seen["certificate_expiry_timestamp_seconds"] == expiry.timestamp()


async def test_without_a_certificate_there_is_no_expiry(watched: Watched) -> None:
    await watched.running.start()
    assert "certificate_expiry_timestamp_seconds" not in await watched.scraped()
