"""How many requests a client may make in a time, counted in memory and in a real Redis."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sigproxy.errors import TooManyRequests
from sigproxy.errors.media import TooManyCredentials
from sigproxy.gateway.admission import rate, windows
from sigproxy.gateway.admission.rate import CREDENTIALS, RateLimit
from sigproxy.gateway.admission.windows import Window, Windows
from sigproxy.policies.limits import MOST_NEAR
from tests.lab import redis_server
from tests.lab.frames import HANDSHAKE
from tests.lab.lab import Lab

OTHER = "127.0.0.2"
ORIGIN = b"Origin: https://app.example.com"


PATIENCE_S = 30.0


@pytest.fixture
async def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Return the URL of a Redis of the test's own, asked with the patience of a busy machine."""
    monkeypatch.setattr(rate, "REDIS_TIMEOUT_S", PATIENCE_S)
    if reason := redis_server.obstacle():
        pytest.skip(reason)
    async with redis_server.running(tmp_path) as url:
        yield url


async def test_a_request_too_many_is_429_until_its_time_has_passed(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"request_rate": "3/hour"})
    client = await lab.client(gateway)
    for _ in range(3):
        assert (await client.get(upstream.at("/"))).status == 200

    answer = await client.get(upstream.at("/"), ORIGIN)

    assert (answer.status, answer.error) == (429, "too_many_requests")
    assert 1 <= int(answer.get(b"retry-after") or 0) <= 3600
    assert answer.get(b"access-control-allow-origin") == b"https://app.example.com"
    assert "limits.request_rate" in answer.json["detail"]
    assert len(upstream.requests) == 3
    other = await lab.client(gateway, source=OTHER)
    assert (await other.get(upstream.at("/"))).status == 200


async def test_handshakes_count_and_the_gateways_own_pages_do_not(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"request_rate": "1/hour"})
    client = await lab.client(gateway)
    for _ in range(3):
        assert (await client.get(b"/-/live")).status == 200
    assert (await client.get(upstream.at("/"))).status == 200
    assert (await client.get(upstream.at("/"), *HANDSHAKE)).status == 429


async def test_behind_a_proxy_the_forwarded_client_counts(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(
        server={"trusted_proxies": ["127.0.0.1"]}, limits={"request_rate": "1/hour"}
    )
    client = await lab.client(gateway)
    statuses = [
        (await client.get(upstream.at("/"), b"X-Forwarded-For: " + address)).status
        for address in (
            *(b"192.0.2.1", b"192.0.2.1", b"192.0.2.2"),
            b"192.0.2.1, 192.0.2.3",  # the client's own word is not what counts
            *(b"::ffff:192.0.2.4", b"::ffff:192.0.2.5", b"::ffff:192.0.2.1"),
        )
    ]
    assert statuses == [200, 429, 200, 200, 200, 200, 429]


async def test_several_gateways_share_one_limit_in_redis(lab: Lab, redis: str) -> None:
    upstream = await lab.upstream()
    limits = {"request_rate": "3/hour", "request_rate_redis": redis}
    gateways = [await lab.gateway(limits=limits) for _ in range(2)]
    clients = [await lab.client(gateway) for gateway in gateways]
    statuses = [(await clients[each % 2].get(upstream.at("/"))).status for each in range(4)]
    assert statuses == [200, 200, 200, 429]


async def test_credentials_and_requests_count_apart_in_one_redis(redis: str) -> None:
    requests, credentials = RateLimit("1/hour", redis), RateLimit("1/hour", redis, CREDENTIALS)
    again = RateLimit("1/hour", redis, CREDENTIALS)
    await requests.admit("192.0.2.1")
    await credentials.admit("192.0.2.1")
    with pytest.raises(TooManyRequests, match=r"limits\.request_rate"):
        await requests.admit("192.0.2.1")
    with pytest.raises(TooManyCredentials, match=r"turn\.credentials_per_address"):
        await again.admit("192.0.2.1")
    for each in (requests, credentials, again):
        await each.close()


async def test_without_its_redis_requests_pass_and_the_log_says_so(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = await lab.upstream()
    nowhere = f"redis+unix://{tmp_path}/none.sock"
    gateway = await lab.gateway(limits={"request_rate": "1/hour", "request_rate_redis": nowhere})
    client = await lab.client(gateway)
    for _ in range(3):
        assert (await client.get(upstream.at("/"))).status == 200
    limit = RateLimit("1/hour", nowhere)
    await asyncio.gather(*(limit.admit("192.0.2.1") for _ in range(50)))
    assert caplog.text.count("limits.request_rate_redis does not answer") == 2
    assert gateway.gateway.rate.failures == 1  # the two behind it are not asked
    assert limit.failures >= 1


async def test_a_redis_that_comes_back_counts_again(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = RateLimit("1/hour", f"{redis}.not-yet")
    await limit.admit("192.0.2.1")
    path = redis.removeprefix("redis+unix://")
    os.symlink(path, f"{path}.not-yet")
    await limit.admit("192.0.2.1")  # it is not asked again so soon
    monkeypatch.setattr(rate, "REDIS_PAUSE_S", 0.0)
    limit._paused_until_s = 0.0

    await limit.admit("192.0.2.1")
    with pytest.raises(TooManyRequests):
        await limit.admit("192.0.2.1")
    await limit.close()


async def test_connections_to_redis_are_few(redis: str) -> None:
    limit = RateLimit("1000000/hour", redis)
    await asyncio.gather(*(limit.admit(f"192.0.2.{number}") for number in range(200)))

    async with Redis(unix_socket_path=redis.removeprefix("redis+unix://")) as asking:
        clients = (await asking.info("clients"))["connected_clients"]
    await limit.close()

    assert 1 < clients <= rate.REDIS_CONNECTIONS + 1


async def test_nobody_waits_for_a_redis_that_is_slow(
    redis: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate, "REDIS_TIMEOUT_S", 0.25)
    limit = RateLimit("1/hour", redis)
    limit._connections = asyncio.Semaphore(0)  # all of them wait for answers

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(limit.admit("192.0.2.1") for _ in range(20)))

    assert caplog.text.count("does not answer (not within 0.25 s)") == 1
    await limit.close()


def test_a_window_slides() -> None:
    window = Window(7, before=10, now=4)
    assert [window.weight(part) for part in (0.0, 0.5, 1.0)] == [14, 9, 4]
    assert window.at(8) == Window(8, 4, 0)
    assert window.at(9) == Window(9, 0, 0)


async def test_ever_new_clients_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_CLIENTS", 10)
    counts = Windows()
    for number in range(100):
        assert await counts.acquire_sliding_window_entry(f"client {number}", 1, 3600)
        await counts.acquire_sliding_window_entry("steady", 1, 3600)
    assert not await counts.acquire_sliding_window_entry("steady", 1, 3600)
    assert await counts.reset() == 10


async def test_who_is_near_the_rate() -> None:
    limit = RateLimit("4/hour", None, CREDENTIALS)
    for client, count in (("192.0.2.1", 1), ("192.0.2.2", 3), ("2001:db8::1", 2)):
        for _ in range(count):
            await limit.admit(client)
    assert [tuple(each) for each in limit.near()] == [
        ("192.0.2.2", "turn.credentials_per_address", 3, 4),
        ("2001:db8::/64", "turn.credentials_per_address", 2, 4),
    ]


async def test_those_near_the_rate_are_few_and_found_among_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate, "LOOKED_AT", 20)
    limit = RateLimit("1/hour", None)
    for number in range(100):
        await limit.admit(f"10.0.0.{number}")
    near = limit.near()
    assert len(near) == MOST_NEAR
    assert all(int(each.client.rpartition(".")[2]) >= 80 for each in near)


async def test_where_redis_counts_nobody_here_is_near(redis: str) -> None:
    limit = RateLimit("1/hour", redis)
    await limit.admit("192.0.2.1")
    assert limit.near() == []
    await limit.close()
