"""Arrivals whose PROXY protocol header is awaited: they hold up nobody and no stop."""

import asyncio
import errno
import socket
from typing import Any

import pytest

from sigproxy.gateway import drain
from sigproxy.gateway.downstream import listener as front
from tests.gateway.downstream.test_proxy_protocol import (
    CLIENT,
    behind_a_balancer,
    both_sides,
    client_on,
    connected,
    sent,
)
from tests.lab.client import Client
from tests.lab.lab import Lab, listening, tasks, until
from tests.lab.pki import Pki
from tests.lab.proxy_headers import line


async def test_other_connections_do_not_wait_for_a_slow_header(lab: Lab) -> None:
    gateway = await behind_a_balancer(lab)
    for _ in range(5):
        await lab.client(gateway, header=b"PROXY ")

    client = await lab.client(gateway, header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4", line(CLIENT)], ids=["none", "half", "all"])
async def test_a_stop_does_not_wait_for_an_arrival(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, tls=True)
    sock = await connected(gateway)
    await sent(sock, header)
    await asyncio.sleep(0.05)

    await gateway.stop()

    client = await client_on(sock, None)
    await client.closed()
    client.close()
    assert not tasks()
    assert gateway.observer.ends == []
    with pytest.raises(ConnectionError):
        await lab.client(gateway)


@both_sides
async def test_who_arrives_during_a_stop_is_served(
    lab: Lab, tls: bool, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    gateway = await behind_a_balancer(lab, tls=tls)
    sock = await connected(gateway)

    stopping = gateway.stopping()
    await until(lambda: gateway.gateway.drain.draining)
    await sent(sock, line(CLIENT))
    client = await client_on(sock, pki.client() if tls else None)
    answer = await client.get(b"/-/live")

    assert (answer.status, answer.get(b"connection")) == (200, b"close")
    await stopping
    client.close()


class Exhausted(socket.socket):
    """A listener in a process that has no descriptors left, for the first *failures* times."""

    failures = 1
    accepts = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.accepts += 1
        if self.accepts <= self.failures:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_without_descriptors_it_does_not_spin(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(front, "ACCEPT_AGAIN_S", 0.05)
    gateway = await behind_a_balancer(lab)
    listener = Exhausted(fileno=listening("127.0.0.1").detach())
    server = gateway.runner.listen(listener, lambda: None)
    client = await Client.open("127.0.0.1", listener.getsockname()[1], header=line(CLIENT))

    assert (await client.get(b"/-/live")).status == 200
    assert listener.accepts == 2
    assert "Too many open files; trying again every" in caplog.text
    client.close()
    server.close()


async def test_a_stop_while_it_waits_for_descriptors(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, complaints: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(front, "ACCEPT_AGAIN_S", 0.05)
    gateway = await behind_a_balancer(lab)
    listener = Exhausted(fileno=listening("127.0.0.1").detach())
    server = gateway.runner.listen(listener, lambda: None)
    client = await Client.open("127.0.0.1", listener.getsockname()[1])
    await until(lambda: listener.accepts)

    server.close()

    await client.closed()
    client.close()
    await asyncio.sleep(0.1)  # until it would have tried again
    assert complaints == []
