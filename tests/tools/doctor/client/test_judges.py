"""What a client's observations mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.stun import Address
from sigproxy.tools.dial import HttpProxy
from sigproxy.tools.doctor.client import gate, media, modes, pages, vendors, websocket
from sigproxy.tools.doctor.client.address import BadAddress, GatewayAddress
from sigproxy.tools.doctor.client.asking import Asked
from sigproxy.tools.doctor.client.gate import Gate, Named
from sigproxy.tools.doctor.client.modes import MediaSeen
from sigproxy.tools.doctor.client.plan import PlannedVendor
from sigproxy.tools.doctor.client.websocket import SocketSeen
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.doctor.turn.relaying import Echo, RelaySeen
from sigproxy.tools.doctor.turn.way import Obstacle
from tests.tools.doctor.turn.test_relaying import way

GATEWAY = Authority("gateway.example")
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "authority", "prefix", "key"),
    [
        ("https://gateway.example", "gateway.example", "", ""),
        ("https://gateway.example/", "gateway.example", "", ""),
        ("https://gateway.example:8443/abc123", "gateway.example:8443", "", "abc123"),
        ("wss://gateway.example/acs/abc123/", "gateway.example", "", "abc123"),
        ("https://gateway.example/-/network/abc123", "gateway.example", "", "abc123"),
        ("https://gateway.example/base/-/network", "gateway.example", "/base", ""),
    ],
)
def test_a_gateways_url(text: str, authority: str, prefix: str, key: str) -> None:
    found = GatewayAddress.parse(text)
    assert (str(found.authority), found.prefix, found.key) == (authority, prefix, key)
    assert key not in repr(found) or not key
    assert found.own("ready") == f"{prefix}/-/ready"
    assert found.own("ice", keyed=True) == f"{prefix}/-/ice" + (f"/{key}" if key else "")


@pytest.mark.parametrize(
    "text",
    ["http://gateway.example", "gateway.example", "sigproxy.toml", "https://", "https://a b/"],
)
def test_what_is_no_gateways_url(text: str) -> None:
    with pytest.raises(BadAddress, match=r"write https://gateway\.example"):
        GatewayAddress.parse(text)


def test_a_name_without_an_address_is_no_matter_where_a_proxy_looks_it_up() -> None:
    unknown = Named(0.1, Fault("dns_no_such_name", "Name or service not known"))
    assert gate.judge_name(GATEWAY, unknown, None).level == "fail"
    assert gate.judge_name(GATEWAY, unknown, HttpProxy("proxy.example", 3128)).level == "ok"


@pytest.mark.parametrize("token", sorted(gate._REMEDIES))
def test_each_way_not_to_get_there_has_its_remedy(token: str) -> None:
    found = gate.judge_fault(GATEWAY, Fault(token, "it is so"))
    assert found.level == "fail"
    assert "{" not in found.remedy
    assert found.name in ("tcp", "tls")


def gate_of(days: int = 60, fault: Fault | None = None) -> Gate:
    ends = (NOW + timedelta(days=days)).strftime("%b %d %H:%M:%S %Y GMT")
    issuer = ((("commonName", "Issuing CA"),),)
    return Gate(0.001, 0.002, "TLSv1.3", "AA:BB", {"notAfter": ends, "issuer": issuer}, fault)


@pytest.mark.parametrize(
    ("seen", "sha256", "level", "token"),
    [
        (gate_of(), "AA:BB", "ok", "ok"),
        (gate_of(), None, "ok", "ok"),
        (gate_of(days=13), "AA:BB", "warn", "certificate_ends_soon"),
        (gate_of(), "CC:DD", "warn", "tls_intercepted"),
        (gate_of(fault=Fault("certificate_untrusted", "")), "CC:DD", "fail", "tls_intercepted"),
        (gate_of(fault=Fault("certificate_untrusted", "")), None, "fail", "certificate_untrusted"),
        (gate_of(fault=Fault("certificate_expired", "")), "AA:BB", "fail", "certificate_expired"),
    ],
)
def test_whose_certificate_that_is(seen: Gate, sha256: str | None, level: str, token: str) -> None:
    [found] = gate.judge_gate(GATEWAY, seen, sha256, NOW)
    assert (found.level, found.token) == (level, token)


READY, PORTAL = b'{"status": "ready"}', b"<!doctype html><title>Welcome to our Wi-Fi</title>"


@pytest.mark.parametrize(
    ("asked", "token"),
    [
        (Asked(200, 0.1, READY), "ok"),
        (Asked(503, 0.1, b'{"status": "draining"}'), "draining"),
        (Asked(404, 0.1), "not_a_gateway"),
        (Asked(503, 0.1, b"no server is available"), "not_a_gateway"),
        (Asked(200, 0.1, PORTAL), "not_a_gateway"),
        (Asked(200, 0.1, b"[" * 100_000), "not_a_gateway"),
        (Asked(302, 0.1), "not_a_gateway"),
        (Asked(0, 4.0, error="response_timeout", detail="nothing in 4 s"), "gateway_unreachable"),
    ],
)
def test_whether_the_gateway_is_ready(asked: Asked, token: str) -> None:
    assert pages.judge_ready(asked).token == token


@pytest.mark.parametrize(
    ("asked", "token"),
    [
        (Asked(404, 0.1, error="network_test_off"), "network_test_off"),
        (Asked(403, 0.1, error="key_refused", detail="none of the keys"), "key_refused"),
        (Asked(429, 0.1, error="too_many_network_tests", detail="x"), "too_many_network_tests"),
        (Asked(500, 0.1, error="internal_error", detail="x"), "gateway_error"),
        (Asked(200, 0.1, PORTAL), "not_a_gateway"),
        (Asked(302, 0.1), "not_a_gateway"),
        (Asked(404, 0.1, b"no such page"), "not_a_gateway"),
        (Asked(0, 4.0, error="response_timeout"), "gateway_unreachable"),
    ],
)
def test_why_there_is_no_plan(asked: Asked, token: str) -> None:
    found = pages.judge_plan(asked)
    assert found is not None
    assert found.token == token


@pytest.mark.parametrize(
    ("asked", "token"),
    [
        (Asked(200, 0.1), None),
        (Asked(404, 0.1, error="turn_off"), "ok"),
        (Asked(403, 0.1, error="origin_refused"), "origin_refused"),
        (Asked(429, 0.1, error="too_many_credentials"), "too_many_credentials"),
        (Asked(502, 0.1), "gateway_error"),
        (Asked(0, 0.1), "gateway_unreachable"),
    ],
)
def test_why_there_are_no_ice_servers(asked: Asked, token: str | None) -> None:
    found = media.judge_ice(asked)
    assert (None if found is None else found.token) == token


VENDOR = PlannedVendor("a.example", 8443, "HEAD", "/a.example:8443/")


@pytest.mark.parametrize(
    ("asked", "level", "token"),
    [
        (Asked(404, 0.1), "ok", "ok"),
        (Asked(503, 0.1), "fail", "vendor_error"),
        (Asked(500, 0.1), "warn", "vendor_error"),
        (Asked(502, 0.1, error="dns_timeout", detail="x"), "fail", "vendor_unreachable"),
        (Asked(0, 9.0, error="response_timeout", detail="x"), "fail", "vendor_path_blocked"),
    ],
)
def test_a_vendor_through_the_gateway(asked: Asked, level: str, token: str) -> None:
    found = vendors.judge(VENDOR, asked)
    assert (found.level, found.token) == (level, token)
    assert found.name == "vendor a.example:8443"


@pytest.mark.parametrize(
    ("seen", "name", "token"),
    [
        (SocketSeen(101, 0.1), "websocket", "ok"),
        (SocketSeen(101, 0.1, 120.0, is_idle=True), "websocket idle", "ok"),
        (
            SocketSeen(101, 0.1, 60.0, "it was ended (CLOSED)", is_idle=True),
            "websocket idle",
            "websocket_idle_cut",
        ),
        (SocketSeen(101, 0.1, 3.0, "nothing comes back"), "websocket", "websocket_silent"),
        (SocketSeen(429, error="too_many_websockets"), "websocket", "too_many_websockets"),
        (SocketSeen(426, why="Invalid response status"), "websocket", "websocket_blocked"),
        (SocketSeen(200, why="Invalid response status"), "websocket", "websocket_blocked"),
        (SocketSeen(0, why="Connection reset by peer"), "websocket", "websocket_blocked"),
    ],
)
def test_a_websocket(seen: SocketSeen, name: str, token: str) -> None:
    found = websocket.judge(seen)
    assert (found.name, found.token) == (name, token)


def works(carrier: Any, rtt_s: float = 0.01) -> RelaySeen:
    return RelaySeen(way(3478, carrier), relayed=Address.of("192.0.2.1", 5), echo=Echo(1, (rtt_s,)))


def fails(carrier: Any, token: str = "turn_silent", *, relayed: bool = False) -> RelaySeen:
    address = Address.of("192.0.2.1", 5) if relayed else None
    obstacle = Obstacle("challenge", Fault(token, ""))
    return RelaySeen(way(3478, carrier), relayed=address, obstacle=obstacle)


@pytest.mark.parametrize(
    ("seen", "level", "token"),
    [
        (MediaSeen((works("udp"), works("tls"))), "ok", "ok"),
        (MediaSeen((works("tls"),)), "ok", "ok"),
        (MediaSeen((works("udp"), fails("tls"))), "warn", "turn_tls_blocked"),
        (MediaSeen((fails("udp"), works("tls"))), "warn", "udp_blocked"),
        (MediaSeen((fails("udp"), works("tls")), only_443=True), "warn", "only_443"),
        (MediaSeen((fails("udp", "dns_error"), works("tls"))), "warn", "http_proxy_only"),
        (MediaSeen((fails("udp"), fails("tls"))), "fail", "turn_silent"),
        (MediaSeen((fails("udp"), fails("tls")), turn_server=True), "fail", "media_blocked"),
        (MediaSeen((fails("udp"), fails("tls")), turn_server=False), "fail", "turn_unreachable"),
        (MediaSeen((fails("udp", "turn_error", relayed=True),)), "fail", "media_failed"),
        (
            MediaSeen((fails("udp", "turn_credentials_refused"), fails("tls"))),
            "fail",
            "turn_credentials_refused",
        ),
    ],
)
def test_which_mode_works_and_which_rule_is_missing(
    seen: MediaSeen, level: str, token: str
) -> None:
    found = modes.judge(seen)
    assert (found.level, found.token) == (level, token)


def test_the_missing_rule_and_the_mode_are_named() -> None:
    found = modes.judge(MediaSeen((fails("udp"), works("tls")), modes=("auto", "tls")))
    assert "use mode=tls" in found.what
    assert found.remedy == "the missing firewall rule: UDP to 127.0.0.1:3478"
    assert "use mode=auto" in modes.judge(MediaSeen((fails("udp"), works("tls")), ("auto",))).what
    found = modes.judge(MediaSeen((works("udp"), fails("tls", "certificate_untrusted"))))
    assert "firewall" not in found.remedy
    assert "mend certificate_untrusted of " in found.remedy


def test_ice_servers_are_read_as_a_browser_reads_them() -> None:
    turn = {"urls": ["turn:t.example:3478?transport=udp"], "username": "u", "credential": "p"}
    body = {"iceServers": [{"urls": "stun:t.example:3478"}, turn]}
    [(url, login)] = media.parse(json.dumps(body).encode()).turn
    assert (url.host, url.carrier, login) == ("t.example", "udp", ("u", "p"))
    for bad in (b"{}", b"[]", b"<", b'{"iceServers": [{"urls": ["turns:t?transport=tls"]}]}'):
        with pytest.raises(ValueError, match=r"."):
            media.parse(bad)
