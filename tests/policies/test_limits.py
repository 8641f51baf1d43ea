"""Limits: the defaults as documented, and the time that a slow body is given."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.limits import (
    RESERVED_FILES,
    Limits,
    address_key,
    body_patience_s,
    connections_for,
    files_for,
)

LIMITS = Limits()


def test_the_defaults_are_the_documented_ones() -> None:
    expected = Limits(
        request_head_bytes=32_768,
        request_field_bytes=16_384,
        request_target_bytes=16_384,
        request_body_bytes=16_777_216,
        replay_body_bytes=1_048_576,
        fast_uploads=False,
        response_head_bytes=65_536,
        header_timeout_s=10.0,
        body_rate_bytes_s=240.0,
        websocket_idle_s=3600.0,
        body_grace_s=5.0,
        body_pause_s=10.0,
        field_lines=256,
        response_field_lines=1024,
        connections=10_000,
        connections_per_address=1000,
        websockets=10_000,
        websockets_per_address=500,
    )
    assert expected == LIMITS


@pytest.mark.parametrize(
    ("left_s", "received", "seconds"),
    [(5.0, 0, 5.0), (5.0, 240, 6.0), (0.0, 1, 1 / 240), (3.0, 1 << 20, 10.0), (10.0, 240, 10.0)],
)
def test_every_240_bytes_buy_a_second_up_to_ten(
    left_s: float, received: int, seconds: float
) -> None:
    assert body_patience_s(LIMITS, left_s, received) == pytest.approx(seconds)


@given(st.floats(0, 10), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_law_more_bytes_never_shorten_the_time(left_s: float, one: int, more: int) -> None:
    least = body_patience_s(LIMITS, left_s, one)
    assert left_s <= least <= body_patience_s(LIMITS, left_s, one + more) <= LIMITS.body_pause_s


@pytest.mark.parametrize("before", [0, 1 << 16, 1 << 20])
def test_a_drip_of_a_byte_every_two_seconds_runs_out(before: int) -> None:
    """nginx, haproxy and aiohttp wait for this client for more than two minutes."""
    left_s, waited_s = body_patience_s(LIMITS, LIMITS.body_grace_s, before), 0
    while left_s > 2:
        left_s, waited_s = body_patience_s(LIMITS, left_s - 2, 1), waited_s + 2
    assert waited_s <= 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
    ],
)
def test_what_counts_as_one_client(address: str, key: str) -> None:
    assert address_key(address) == key


@given(st.ip_addresses(v=6), st.integers(0, (1 << 64) - 1))
def test_law_a_subscriber_of_ipv6_is_one_client(address: IPv6Address, host: int) -> None:
    neighbour = IPv6Address(int(address) >> 64 << 64 | host)
    assert address_key(str(neighbour)) == address_key(str(address))
    assert address_key(str(IPv6Address(int(address) ^ 1 << 64))) != address_key(str(address))


def test_descriptors_bound_the_connections() -> None:
    assert connections_for(RESERVED_FILES + 2000) == 1000  # an upstream's for each client's
    assert connections_for(64) == 1


@given(st.integers(1, 10_000_000))
def test_law_the_files_for_so_many_connections_are_enough(connections: int) -> None:
    assert connections_for(files_for(connections)) == connections
