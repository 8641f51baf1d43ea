"""A storm of new connections: TLS handshakes are taken up in turns; nobody holds up the rest."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from sigproxy.gateway.downstream import handshakes
from sigproxy.gateway.downstream.connection import DownstreamProtocol
from sigproxy.gateway.downstream.handshakes import Handshakes
from sigproxy.gateway.downstream.server import DownstreamServer
from tests.lab.client import Client
from tests.lab.lab import Lab, Running, tasks, until
from tests.lab.wire import within

ATTACKER, OTHER = "127.0.0.2", "127.0.0.3"
FOREVER_S = 600.0


@pytest.fixture
def turns_end_with_handshakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "TURN_S", FOREVER_S)


async def one_by_one(lab: Lab, header_timeout_s: float = 60.0) -> Running:
    gateway = await lab.gateway(tls=True, limits={"header_timeout_s": header_timeout_s})
    gateway.server.handshakes = Handshakes(1)
    return gateway


class Slow:
    """A client whose handshake goes on when it is told to."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._came, self._sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._sent, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        self.hello = self._sent.read()

    async def finish(self, client: Client) -> bytes:
        """Return the first line of an answer."""
        await self._done(client, self._tls.do_handshake)
        self._tls.write(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return bytes(await self._done(client, self._tls.read)).partition(b"\r\n")[0]

    async def _done(self, client: Client, step: Callable[[], Any]) -> Any:
        while True:
            client.send(self._sent.read())
            with suppress(ssl.SSLWantReadError):
                done = step()
                client.send(self._sent.read())
                return done
            if not (came := await client.reader.read(65536)):
                raise ConnectionResetError
            self._came.write(came)


def hello(context: ssl.SSLContext) -> bytes:
    """Return what a client's handshake begins with."""
    return Slow(context).hello


async def begun(lab: Lab, gateway: Running, data: bytes, source: str = ATTACKER) -> Client:
    """Return a client that has sent *data* in place of a handshake, and been counted."""
    arrivals = gateway.gateway.quota.arrivals
    client = await Client.open(gateway.host, gateway.port, source=source)
    client.send(data)
    await until(lambda: gateway.gateway.quota.arrivals > arrivals)
    return client


def is_answered(client: Client) -> bool:
    return bool(client.reader._buffer)  # type: ignore[attr-defined]


async def is_served(lab: Lab, gateway: Running, source: str = OTHER) -> bool:
    async with within():
        client = await lab.client(gateway, source=source)
        return (await client.get(b"/-/live")).status == 200


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_the_next_waits_until_one_has_ended(lab: Lab) -> None:
    gateway = await one_by_one(lab)
    first = await begun(lab, gateway, hello(lab.pki.client()))
    await until(lambda: is_answered(first))

    second = asyncio.create_task(is_served(lab, gateway))
    await until(lambda: gateway.gateway.quota.arrivals == 2)
    await asyncio.sleep(0.2)
    assert not second.done()

    first.reset()
    assert await second


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_who_only_connects_takes_no_turn(lab: Lab) -> None:
    gateway = await one_by_one(lab)
    silent = [await begun(lab, gateway, b"") for _ in range(5)]

    assert await is_served(lab, gateway)
    assert gateway.gateway.quota.arrivals == 5
    for each in silent:
        each.close()


async def test_who_never_finishes_holds_nobody_up_for_long(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "TURN_S", 0.05)
    gateway = await one_by_one(lab)
    stalled = [await begun(lab, gateway, hello(lab.pki.client())) for _ in range(5)]

    assert await is_served(lab, gateway, ATTACKER)  # of the same address even, behind all five
    assert gateway.gateway.quota.arrivals == 5  # which go on
    assert all(is_answered(each) for each in stalled)
    for each in stalled:
        each.close()


async def test_a_crowd_from_one_address_waits_for_itself(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "TURN_S", 2.0)
    gateway = await one_by_one(lab)
    stalled = [await begun(lab, gateway, hello(lab.pki.client())) for _ in range(40)]

    served = [await is_served(lab, gateway) for _ in range(3)]

    assert all(served)
    assert sum(map(is_answered, stalled)) < len(stalled) / 2
    for each in stalled:
        each.close()


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_waiting_takes_nothing_of_a_clients_time(lab: Lab) -> None:
    """Two before it have let their second pass; it has one all the same."""
    gateway = await one_by_one(lab, header_timeout_s=2.0)
    stalled = [await begun(lab, gateway, hello(lab.pki.client())) for _ in range(2)]

    assert await is_served(lab, gateway, ATTACKER)
    for each in stalled:
        await each.closed()
        each.close()


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_a_crowd_on_a_machine_that_is_short_of_a_core_is_served(lab: Lab) -> None:
    """All begin at once, and to finish takes them longer, together, than each of them has."""
    gateway = await one_by_one(lab, header_timeout_s=3.0)
    crowd = [Slow(lab.pki.client()) for _ in range(20)]
    clients = [await begun(lab, gateway, slow.hello) for slow in crowd]

    for slow, client in zip(crowd, clients, strict=True):
        await asyncio.sleep(0.2)
        async with within():
            assert await slow.finish(client) == b"HTTP/1.1 200 OK"
        client.close()


async def test_who_says_nothing_is_closed_in_time(lab: Lab) -> None:
    gateway = await one_by_one(lab, header_timeout_s=0.2)
    silent = await begun(lab, gateway, b"")

    assert await silent.closed() == b""
    assert gateway.gateway.quota.arrivals == 0
    silent.close()


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_who_has_left_meanwhile_costs_no_handshake(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make = DownstreamServer.__call__

    def noted(server: DownstreamServer, peer: str = "") -> DownstreamProtocol:
        made.append(peer)
        return make(server, peer)

    monkeypatch.setattr(DownstreamServer, "__call__", noted)
    gateway = await one_by_one(lab)
    first = await begun(lab, gateway, hello(lab.pki.client()), ATTACKER)
    leaving = await begun(lab, gateway, hello(lab.pki.client()), OTHER)
    leaving.close()
    await leaving.writer.wait_closed()

    first.reset()

    await until(lambda: gateway.gateway.quota.arrivals == 0)
    assert made == [ATTACKER]


@pytest.mark.usefixtures("turns_end_with_handshakes")
async def test_a_stop_does_not_wait_for_those_who_wait(lab: Lab) -> None:
    gateway = await one_by_one(lab)
    waiting = [await begun(lab, gateway, hello(lab.pki.client())) for _ in range(3)]

    async with within():
        await gateway.stop()

    for each in waiting:
        await each.closed()
        each.close()
    assert gateway.gateway.quota.arrivals == 0
    assert not tasks()


async def has_had_a_turn(turns: Handshakes) -> bool:
    async with turns.turn("192.0.2.1"):
        return True


@pytest.mark.parametrize("is_begun", [False, True], ids=["waits", "has just begun"])
async def test_the_turn_of_who_is_cancelled_is_the_nexts(is_begun: bool) -> None:
    turns = Handshakes(1)
    async with turns.turn(""):
        leaving = asyncio.create_task(has_had_a_turn(turns))
        await asyncio.sleep(0)
        if not is_begun:
            leaving.cancel()
    leaving.cancel()

    async with within(), turns.turn(""):
        waiting = asyncio.create_task(has_had_a_turn(turns))
        await asyncio.sleep(0.05)
        assert not waiting.done()  # there is still one turn, not two
    assert await waiting
    assert leaving.cancelled()
