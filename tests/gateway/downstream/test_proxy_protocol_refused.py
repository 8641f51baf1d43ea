"""PROXY protocol headers that are malformed, forged, late or missing; any bytes in their place."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigproxy.gateway.admission import quota
from tests.gateway.downstream.test_proxy_protocol import (
    BALANCER,
    CLIENT,
    V4,
    behind_a_balancer,
    client_on,
    connected,
    files_open,
)
from tests.lab.client import Client
from tests.lab.lab import Lab, Running, open_files, until
from tests.lab.proxy_headers import SIGNATURE, binary, line


async def refused(gateway: Running, client: Client) -> tuple[str | None, str | None, int]:
    """Return the token that the client got, and the token and status of the log."""
    told = (await client.response()).error if gateway._context is None else None
    assert await client.closed() == b""
    record = await gateway.observer.last()
    assert record.peer == BALANCER
    return told, record.error, record.status or 0


MALFORMED = [
    b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PROXY TCP4 everybody 192.0.2.1 1 1\r\nGET /-/live HTTP/1.1\r\n\r\n",
    b"PROXY UNKNOWN".ljust(500, b"x"),
    binary(1, 0x11, b"too short"),
    SIGNATURE + b"\x31\x11\0\0",
]


@pytest.mark.parametrize("header", MALFORMED)
async def test_what_is_malformed_is_answered_and_logged(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab)
    client = await lab.client(gateway, header=header)

    token = "proxy_header_invalid"
    assert await refused(gateway, client) == (token, token, 400)


@pytest.mark.parametrize("header", MALFORMED)
async def test_where_tls_is_expected_nothing_is_said_in_clear(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, tls=True)
    client = await Client.open(gateway.host, gateway.port, header=header)

    assert await client.closed() == b""
    record = await gateway.observer.last()
    assert (record.error, record.status, record.sent) == ("proxy_header_invalid", 400, 0)
    client.close()


@pytest.mark.parametrize("header", [line(CLIENT), b""])
async def test_a_header_from_a_stranger_is_not_believed(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, trusted="192.0.2.10")
    client = await lab.client(gateway, header=header)
    client.ask(b"/-/live")

    token = "proxy_header_untrusted"
    assert await refused(gateway, client) == (token, token, 403)


async def test_strangers_hold_no_more_than_any_client(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that is told so may stay for a while, and takes a descriptor meanwhile."""
    monkeypatch.setattr(quota, "OVERFLOW_CONNECTIONS", 2)
    limits = {"connections_per_address": 3}
    gateway = await behind_a_balancer(lab, trusted="127.0.0.2", limits=limits)
    strangers = [await lab.client(gateway) for _ in range(5)]
    for stranger in strangers:
        assert (await stranger.response()).error == "proxy_header_untrusted"

    assert await (await lab.client(gateway)).closed() == b""
    assert gateway.gateway.quota.dropped == 1
    client = await lab.client(gateway, source="127.0.0.2", header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200


@pytest.mark.parametrize("begun", [b"", b"PROXY TCP4 203.0.113.7 1", SIGNATURE[:5]])
async def test_a_header_that_does_not_come(lab: Lab, begun: bytes) -> None:
    gateway = await behind_a_balancer(lab, limits={"header_timeout_s": 0.1})
    client = await lab.client(gateway, header=begun)

    token = "proxy_header_timeout"
    assert await refused(gateway, client) == (token, token, 408)


async def test_a_header_that_ends_in_the_middle(lab: Lab) -> None:
    gateway = await behind_a_balancer(lab)
    client = await lab.client(gateway, header=line(CLIENT)[:-1])
    client.finish()

    token = "proxy_header_invalid"
    assert await refused(gateway, client) == (token, token, 400)


@pytest.mark.parametrize("leave", [Client.close, Client.reset])
async def test_a_check_that_only_connects_is_no_news(
    lab: Lab, leave: Any, complaints: list[dict[str, Any]]
) -> None:
    gateway = await behind_a_balancer(lab)
    before = await files_open(lab, gateway)
    for _ in range(3):
        sock = await connected(gateway)
        leave(await client_on(sock, None))

    await until(lambda: not gateway.server.arrivals)  # type: ignore[attr-defined]
    await until(lambda: open_files() <= before)
    assert len(gateway.observer.ends) == 1
    assert complaints == []


@pytest.mark.parametrize("behind", [b"", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_handshake_that_comes_to_nothing(
    lab: Lab, behind: bytes, complaints: list[dict[str, Any]]
) -> None:
    gateway = await behind_a_balancer(lab, tls=True, limits={"header_timeout_s": 1.0})
    before = await files_open(lab, gateway)
    client = await Client.open(gateway.host, gateway.port, header=line(CLIENT) + behind)

    await client.closed()
    client.close()

    await until(lambda: open_files() <= before)
    assert [each for each in complaints if "SSL" not in each["message"]] == []


def streams() -> st.SearchStrategy[bytes]:
    begins = st.sampled_from([b"", b"PROXY TCP4 ", SIGNATURE, line(CLIENT), binary(1, 0x11, V4)])
    return st.builds(bytes.__add__, begins, st.binary(max_size=200))


async def test_whatever_comes_first(lab: Lab, complaints: list[dict[str, Any]]) -> None:
    """It is served or refused, and closed; nothing is left behind and nothing is reported."""
    gateway = await behind_a_balancer(lab)
    found: list[bytes] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(streams())
    def collect(stream: bytes) -> None:
        found.append(stream)

    collect()
    for stream in found:
        client = await Client.open(gateway.host, gateway.port, header=stream)
        client.finish()
        answer = await client.closed()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        client.close()
    await until(lambda: gateway.connections == 0)
    assert complaints == []
