"""Stagings of what goes wrong at night, for a gateway whose access log is all that is left."""

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.faults.test_upstream import never_answers
from tests.gateway.downstream.test_failed_connections import (
    old_client,
    refuse_certificate,
    say,
    shake_hands,
)
from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.frames import close, frame, handshake, read_frame, upgraded
from tests.lab.lab import NAME, Lab, Running, listening, until
from tests.lab.upstream import Peer, Script


class Night:
    """A gateway whose log is all that is left of what happened."""

    def __init__(self, lab: Lab, log: Path) -> None:
        self.lab = lab
        self._log = log
        self.gateway: Running

    async def open(self, *, tls: bool, settings: dict[str, Any]) -> None:
        access_log = {"path": str(self._log)}
        self.gateway = await self.lab.gateway(
            tls=tls, observed=False, access_log=access_log, **settings
        )

    def lines(self) -> list[str]:
        """Return what was logged, without the lines that say that a WebSocket has opened."""
        written = self._log.read_text().splitlines() if self._log.exists() else []
        return [line for line in written if " event=open " not in line]

    async def last_of(self, count: int) -> str:
        """Return the last of *count* lines; fail if there are others."""
        await until(lambda: len(self.lines()) >= count)
        assert len(self.lines()) == count
        return self.lines()[-1]

    async def client(self) -> Client:
        return await self.lab.client(self.gateway)


Act = Callable[[Night], Awaitable[None]]


def asks(
    host: str = NAME, *fields: bytes, zone: Name | None = None, key: str = "", port: int = 443
) -> Act:
    """Return a client that asks for something at *host*, which the DNS answers with *zone*."""

    async def act(night: Night) -> None:
        if zone is not None:
            night.lab.dns.zone[host] = zone
        target = f"{key and '/' + key}/{host}:{port}/x".encode()
        await (await night.client()).get(target, *fields)

    return act


def asks_vendor(
    script: Script, context: Callable[[Lab], ssl.SSLContext] | None = None, *, tls: bool = True
) -> Act:
    """Return a client that asks a vendor who does what *script* says."""

    async def act(night: Night) -> None:
        chosen = context(night.lab) if context else None
        upstream = await night.lab.upstream(script, context=chosen, tls=tls)
        await (await night.client()).get(upstream.at("/x"))

    return act


async def asks_where_nobody_listens(night: Night) -> None:
    with listening("127.0.0.1") as unused:
        port = unused.getsockname()[1]
    await asks(port=port)(night)


def joins(script: Script, then: Callable[[Night, Client], Awaitable[None]] | None = None) -> Act:
    """Return a client with a WebSocket to a vendor who does what *script* says."""

    async def act(night: Night) -> None:
        upstream = await night.lab.upstream(upgraded(script))
        client = await night.client()
        assert (await handshake(client, upstream.at("/ws"))).status == 101
        if then is not None:
            await then(night, client)
        await client.closed()

    return act


async def fin(peer: Peer) -> None:
    await read_frame(peer)


async def rst(peer: Peer) -> None:
    await read_frame(peer)
    peer.reset()


async def says_something(night: Night, client: Client) -> None:
    client.send(frame(1, b"hello", masked=True))


async def answers_a_close(night: Night, client: Client) -> None:
    assert (await read_frame(client)).close_code is not None
    client.send(close(1000, masked=True))


async def closes_the_laptop(night: Night, client: Client) -> None:
    client.reset()


async def stops_the_gateway(night: Night, client: Client) -> None:
    stopping = night.gateway.stopping()
    await read_frame(client)
    client.close()
    await stopping


async def begins_a_head(night: Night) -> None:
    client = await night.client()
    client.send(b"GET /up.example.com/ HTTP/1.1\r\nHost: l")
    await client.response()


async def loses_patience(night: Night) -> None:
    upstream = await night.lab.upstream(never_answers)
    client = await night.client()
    client.ask(upstream.at("/x"))
    await upstream.peer()
    client.close()


async def asks_three_times(night: Night) -> None:
    upstream = await night.lab.upstream()
    client = await night.client()
    for _ in range(3):
        await client.get(upstream.at("/x"))


async def trusts_nobody(night: Night) -> None:
    await refuse_certificate(night.gateway, ssl.create_default_context(), "localhost")


async def speaks_tls_1_1(night: Night) -> None:
    await shake_hands(night.gateway, old_client(night.lab.pki))


async def forgets_the_s(night: Night) -> None:
    client = await say(night.gateway, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.closed()
    client.close()


async def is_cut_off_in_tls(night: Night) -> None:
    client = await say(night.gateway, b"\x16\x03\x01\x02\x00\x01\x00")
    client.close()
