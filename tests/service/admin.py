"""A service with an admin listener, and what that shows."""

import asyncio
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.lab.client import Client
from tests.lab.frames import echo_frames, switching
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import WAIT_S, Response, response
from tests.service.process import START_S, Service, free_port

Make = Callable[..., Service]
SERVED = 'exchanges_total{code="200",error="",route="/"}'


async def vendor(lab: Lab) -> Upstream:
    """Return an upstream that answers, but for /never, and takes WebSockets."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            if request.get(b"upgrade"):
                peer.send(switching(request))
                return await echo_frames(peer)
            if request.target == b"/never":
                return await peer.gone()
            peer.send(response(299 if request.target == b"/odd" else 200, b"ok"))

    return await lab.upstream(script)


async def asked(port: int, target: bytes, method: bytes = b"GET") -> Response:
    client = await Client.open("127.0.0.1", port)
    try:
        return await client.get(target, method=method)
    finally:
        client.close()


class Scraped(dict[str, float]):
    """Samples by name and labels; 0.0 for what is not there."""

    def __missing__(self, key: str) -> float:
        return 0.0


def named(sample: str, labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{key}="{labels[key]}"' for key in sorted(labels))
    return sample.removeprefix("sigproxy_") + (f"{{{inner}}}" if inner else "")


class Watched:
    """A service with an admin listener."""

    def __init__(self, running: Service) -> None:
        self.running = running
        self.port = free_port()
        running.document["admin"] = {"bind": f"127.0.0.1:{self.port}"}
        running.write()

    async def page(self, target: bytes, method: bytes = b"GET") -> Response:
        return await asked(self.port, target, method)

    async def scraped(self) -> Scraped:
        answer = await self.page(b"/-/metrics")
        assert answer.status == 200
        families = text_string_to_metric_families(answer.body.decode())
        samples = [sample for family in families for sample in family.samples]
        found = Scraped((named(each.name, each.labels), each.value) for each in samples)
        assert len(found) == len(samples)
        return found

    async def shows(self, **expected: float) -> None:
        """Wait until metrics without labels, or SERVED as ``served``, have these values."""
        keys = {SERVED if name == "served" else name: value for name, value in expected.items()}
        seen = Scraped()
        try:
            async with asyncio.timeout(WAIT_S):
                while any(seen[key] != value for key, value in keys.items()) or not seen:
                    seen = await self.scraped()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError({key: seen[key] for key in keys}) from None

    async def get(self, target: bytes, times: int = 1) -> None:
        for _ in range(times):
            client = await self.running.client()
            await client.get(target)
            client.close()


def folder(worker: int) -> Path:
    """Return where *worker* has its numbers."""
    found = re.search(r"(/\S+/sigproxy-metrics-[^/]+)/", Path(f"/proc/{worker}/maps").read_text())
    assert found is not None
    return Path(found[1])


async def killed(running: Service, worker: int) -> None:
    """Kill *worker* and wait for the one in its place."""
    booted = running.said.count("Booting worker")
    os.kill(worker, signal.SIGKILL)
    await running.says("Booting worker", times=booted + 1)


async def reloaded(running: Service) -> None:
    """Send HUP and wait until there are none but new workers."""
    before = set(running.workers())
    running.signal(signal.SIGHUP)
    await until(lambda: running.workers() and not before & set(running.workers()), START_S)
