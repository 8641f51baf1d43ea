"""Suites that others wrote, through `sigproxy serve` with TLS."""

import os
from pathlib import Path

import pytest

from benchmarks import places
from tests.conformance import autobahn, clients, slow, stuck, tls
from tests.conformance.network import Gateway

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(900)]

STUCK_S = 20.0  # the longest of the limits is 10


@pytest.mark.timeout(autobahn.FULL_S + 900)
@pytest.mark.usefixtures("autobahn")
def test_autobahn_sees_no_gateway(gateway: Gateway, tmp_path: Path) -> None:
    """AUTOBAHN=full plays all 517 cases, which takes an hour and more."""
    full = os.environ.get("AUTOBAHN") == "full"
    servers = {
        "direct": f"wss://{places.UPSTREAM_HOST}:{places.ECHO_PORT}/ws",
        "gateway": gateway.url(places.ECHO_PORT, "/ws", "wss"),
    }
    verdicts = autobahn.play(servers, tmp_path, full)
    assert len(verdicts["direct"]) >= autobahn.QUICK_CASES
    assert autobahn.differences(verdicts["gateway"], verdicts["direct"]) == {}


@pytest.mark.usefixtures("libraries")
def test_client_libraries_work(gateway: Gateway) -> None:
    outcomes = clients.play(gateway)
    assert len(outcomes) == clients.CHECKS
    assert {name: found for name, found in outcomes.items() if found is not True} == {}


@pytest.mark.usefixtures("slowhttptest")
def test_slow_clients_are_closed_and_others_served(gateway: Gateway, tmp_path: Path) -> None:
    outcomes = slow.play(gateway, tmp_path)
    found = {name: (each.left, each.unavailable) for name, each in outcomes.items()}
    assert found == {attack.name: (0, 0) for attack in slow.ATTACKS}


async def test_stuck_clients_are_closed(gateway: Gateway) -> None:
    ends = await stuck.play([gateway], STUCK_S)
    assert [name for (_, name), seconds in ends.items() if seconds is None] == []


@pytest.mark.usefixtures("sslyze")
def test_tls_is_what_mozilla_recommends(gateway: Gateway) -> None:
    assert tls.scan(gateway) == {}
