"""Whether a TURN server relays, as far as it goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from time import time

import pytest

from sigproxy.gateway.issuer import random_id
from sigproxy.policies.turn import Turn, issue
from sigproxy.semantics.ice import Carrier
from sigproxy.tools.doctor.finding import Finding, warning
from sigproxy.tools.doctor.turn import binding, relaying, verdict
from sigproxy.tools.doctor.turn.relaying import Echo, Login, RelaySeen
from sigproxy.tools.doctor.turn.way import Way
from sigproxy.tools.turn_client import TurnClient
from sigproxy.tools.turn_link import DatagramLink, StreamLink
from tests.lab.turn_relay import SECRET, Manner, Relay
from tests.lab.wire import within
from tests.ports import free_port

REMEDIES = {"turn_silent udp": "let UDP pass to {place}", "media_failed": "a", "media_lossy": "b"}
REMEDIES["media_slow"] = "c"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "PACKETS", 20)
    monkeypatch.setattr(relaying, "EVERY_S", 0.002)
    monkeypatch.setattr(relaying, "LAST_S", 0.3)


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    made = Relay()
    await made.start()
    yield made
    await made.close()


def turn(relay: Relay, *secrets: str) -> Turn:
    return Turn(
        name="127.0.0.1",
        addresses=(),
        realm="turn.example",
        secrets=tuple(each.encode() for each in secrets or (SECRET,)),
        ttl_s=600,
        udp_port=relay.port,
        tls_port=0,
        tcp_port=relay.port,
        stun=True,
        modes=("auto",),
    )


def way(port: int, carrier: Carrier = "udp") -> Way:
    link = DatagramLink if carrier == "udp" else StreamLink
    place = f"127.0.0.1:{port}"
    return Way(f"turn {carrier} {place}", carrier, place, partial(link.open, "127.0.0.1", port))


def login(relay: Relay, secret: str = SECRET) -> Login:
    made = issue(turn(relay, secret), int(time()), random_id())
    return Login(made.username, made.password)


def judged(seen: RelaySeen, realm: str = "turn.example") -> dict[str, Finding]:
    return {each.token: each for each in verdict.judge(seen, realm, REMEDIES)}


@pytest.mark.parametrize("carrier", ["udp", "tcp"])
async def test_one_that_relays(relay: Relay, carrier: Carrier) -> None:
    relay.manner.relayed_ip = "8.8.4.4"  # which nothing is sent to
    seen = await relaying.probe(way(relay.port, carrier), login(relay))
    assert seen.echo is not None
    assert seen.echo.lost == 0
    [found] = judged(seen).values()
    assert found.level == "ok"
    assert found.what.startswith("relays at 8.8.4.4: 20 of 20 packets came back, RTT ")
    assert "the lab's" in found.what


@pytest.mark.parametrize(
    ("manner", "tokens"),
    [
        (Manner(secrets=("f" * 64,)), {"turn_credentials_refused"}),
        (Manner(asks=False), {"turn_open_relay"}),
        (Manner(error=486), {"turn_quota_reached"}),
        (Manner(error=508), {"turn_no_capacity"}),
        (Manner(error=500), {"turn_error"}),
        (Manner(refused=("198.18.0.1",)), {"turn_own_relay_refused", "turn_relay_private"}),
        (Manner(drops=lambda number: True), {"media_failed", "turn_relay_private"}),
        (Manner(drops=lambda number: number % 5 == 0), {"media_lossy", "turn_relay_private"}),
        (Manner(realm="other.example"), {"ok", "turn_other_realm", "turn_relay_private"}),
    ],
    ids=["secret", "open", "quota", "capacity", "error", "own", "lost", "lossy", "realm"],
)
async def test_one_that_does_not(relay: Relay, manner: Manner, tokens: set[str]) -> None:
    relay.manner = manner
    found = judged(await relaying.probe(way(relay.port), login(relay)))
    assert set(found) == tokens
    assert [each for each in found.values() if each.level != "ok" and not each.remedy] == []


async def test_a_request_that_is_lost_is_sent_again(relay: Relay) -> None:
    relay.manner.deaf_to = 1
    client = TurnClient(await DatagramLink.open("127.0.0.1", relay.port))
    address = await client.bind()
    client.close()
    assert (str(address.ip), relay.received) == ("192.0.2.9", 1)


async def test_silence_is_told_from_a_port_where_nobody_is(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "STEP_S", 0.6)
    relay.manner.deaf_to = 1000
    [silent] = judged(await relaying.probe(way(relay.port), login(relay))).values()
    assert (silent.token, silent.remedy) == (
        "turn_silent",
        f"let UDP pass to 127.0.0.1:{relay.port}",
    )
    for carrier in ("udp", "tcp"):
        nobody = judged(await relaying.probe(way(free_port(), carrier), login(relay)))
        assert set(nobody) == {"connection_refused"}


async def test_what_is_no_turn_server() -> None:
    ended = asyncio.Semaphore(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.release()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = judged(await relaying.probe(way(port, "tcp"), Login("1:a", "b")))
    async with within():
        for _ in range(2):  # of probe's connections
            await ended.acquire()
    server.close()
    assert set(found) == {"turn_error"}
    assert "not STUN" in found["turn_error"].what


async def test_where_others_see_us(relay: Relay) -> None:
    seen = await binding.probe(way(relay.port))
    assert binding.judge(seen, "").what == "UDP gets through; it sees us at 192.0.2.9"
    found = binding.judge(await binding.probe(way(free_port())), "open {place}", warning)
    assert (found.level, found.token) == ("warn", "connection_refused")


def test_what_is_slow_is_told() -> None:
    assert Echo(4, (0.1, 0.2, 0.3, 0.5)).slow_s == 0.5
    assert Echo(4, ()).slow_s == 0.0
