"""What a gateway says there is to try is judged whole before any of it is used."""

import json
from typing import Any

import pytest

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.ice import IceUrl
from sigproxy.tools.dial import HttpProxy, NotAdmitted
from sigproxy.tools.doctor.client import gate, media, plan, run
from sigproxy.tools.doctor.client.address import GatewayAddress
from sigproxy.tools.doctor.client.plan import BadPlan, PlannedVendor
from sigproxy.tools.doctor.client.run import Visit
from sigproxy.tools.doctor.finding import Finding
from sigproxy.tools.doctor.turn import relaying
from sigproxy.tools.doctor.turn.relaying import Login
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response
from tests.tools.doctor.told import no_progress, only

VENDOR: dict[str, Any] = {"host": "a.example", "port": 443, "method": "HEAD", "url": "/a.example/"}
PLAN: dict[str, Any] = {
    "version": "0.1.0",
    "time": 1.5,
    "certificate": {"sha256": "AA:BB", "not_after": "2027-01-01T00:00:00Z", "names": []},
    "echo": "/-/network/echo/k",
    "ice": None,
    "modes": ["auto", "tls"],
    "stun": None,
    "vendors": [VENDOR],
    "later": "more",
}


def test_a_plan() -> None:
    found = plan.parse(json.dumps(PLAN).encode())
    assert (found.sha256, found.echo, found.ice) == ("AA:BB", "/-/network/echo/k", None)
    assert found.vendors == (PlannedVendor("a.example", 443, "HEAD", "/a.example/"),)
    assert found.turn_server is None
    more = {
        "certificate": None,
        "turn_server": "unreachable",
        "not_tried": [{"route": "/", "why": "x"}],
    }
    found = plan.parse(json.dumps(PLAN | more).encode())
    assert (found.sha256, found.turn_server, found.untried) == (None, False, (("/", "x"),))


@pytest.mark.parametrize(
    "change",
    [
        {"echo": "https://elsewhere.example/"},  # the key would go there
        {"echo": "wss://elsewhere.example/"},
        {"vendors": [{"host": "a.example", "port": "x", "method": "HEAD", "url": "/"}]},
        {"vendors": ["a.example"]},
        {"certificate": "AA"},
        {"time": None},
        {"modes": 5},
        {"time": float("nan")},
        {"time": float("inf")},
        {"time": -1e300},
        {"stun": "rubbish"},
        {"stun": "turn:gateway.example"},
        {"echo": "/a b"},
        {"echo": "/\x1b[2J"},
        {"vendors": [VENDOR | {"port": float("inf")}]},
        {"vendors": [VENDOR | {"port": 65_536}]},
        {"vendors": [VENDOR | {"method": "POST"}]},
        {"vendors": [VENDOR | {"method": "HEAD / HTTP/1.1"}]},
        {"vendors": [VENDOR | {"host": ""}]},
        {"vendors": [VENDOR] * 257},
        {"not_tried": [{"route": "/", "why": "x"}] * 257},
    ],
)
def test_what_is_no_plan(change: dict[str, Any]) -> None:
    with pytest.raises(BadPlan):
        plan.parse(json.dumps(PLAN | change).encode())
    with pytest.raises(BadPlan):
        plan.parse(b"<html>")
    for raw in (b"[]", b"null", b"[" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(BadPlan):
            plan.parse(raw)


def ice(*urls: str) -> bytes:
    servers = [{"urls": list(urls), "username": "u", "credential": "c"}]
    return json.dumps({"iceServers": servers}).encode()


def test_ice_servers_are_judged_whole() -> None:
    assert len(media.parse(ice(*["turn:a.example"] * 16)).turn) == 16
    for raw in (ice(*["turn:a.example"] * 17), ice("turn:a", "rubbish"), b"[" * 100_000):
        with pytest.raises(ValueError, match=r"URL|iceServers"):
            media.parse(raw)


INSIDE = ("127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "localhost")


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("form", ["turn:{}:22?transport=tcp", "turns:{}:22", "turn:{}:22"])
async def test_no_server_has_us_connect_to_addresses_inside(host: str, form: str) -> None:
    url = IceUrl.parse(form.format(host))
    way = media.way_of(url, gate.unverified(), None, media.own_or_public(("192.0.2.1",)))
    with pytest.raises(NotAdmitted, match="neither a public address nor the gateway's own"):
        await way.open()
    seen = await relaying.probe(way, Login("u", "c"))
    assert seen.obstacle is not None
    assert seen.obstacle.fault.token == "address_refused"


async def test_no_proxy_is_asked_for_addresses_inside_either() -> None:
    proxy, admits = HttpProxy("127.0.0.1", 9), media.own_or_public(())
    way = media.way_of(IceUrl.parse("turns:10.0.0.1:443"), gate.unverified(), proxy, admits)
    with pytest.raises(NotAdmitted):
        await way.open()


def test_public_addresses_and_the_gateways_own_are_admitted() -> None:
    admits = media.own_or_public(("10.0.0.1", "fe80::1%eth0"))
    for address in ("10.0.0.1", "fe80::1%eth0", "8.8.8.8", "2606:4700::1"):
        assert admits(address)
    assert not admits("10.0.0.2")


def test_ice_servers_without_turn_have_a_finding_of_their_own() -> None:
    assert media.parse(ice("stun:a.example")).turn == ()
    found = media.none_named()
    assert (found.level, found.token) == ("fail", "ice_empty")


async def test_what_is_wrong_with_a_plan_is_one_finding(lab: Lab) -> None:
    """As doctor meets it: whoever answers with a certificate that is trusted may say anything."""
    lies = [
        json.dumps(PLAN | {"vendors": [VENDOR | {"port": float("inf")}], "time": 1.0}).encode(),
        json.dumps(PLAN | {"stun": "rubbish"}).encode(),
        b"[" * 100_000,
    ]
    for lie in lies:
        server = await lab.upstream(answering(response(200, lie)))
        found: list[Finding] = []
        address = GatewayAddress(Authority("localhost", server.port))
        await run.examine(Visit(address, ca_file=lab.pki.ca_file), found.append, no_progress)
        assert only(found, "plan").token == "plan_unreadable"
        assert "doctor_error" not in {each.token for each in found}
