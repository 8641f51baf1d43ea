"""A gateway, looked at from anywhere: each thing that is in the way has a name of its own."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest
import trustme

from sigproxy.gateway import echo
from sigproxy.tools.dial import HttpProxy
from sigproxy.tools.doctor.client import asking, gate, run, websocket
from sigproxy.tools.doctor.client.address import GatewayAddress
from sigproxy.tools.doctor.client.run import Visit
from sigproxy.tools.doctor.finding import Finding
from tests.lab.lab import NAME, Lab, Running
from tests.lab.turn import TurnServer
from tests.lab.upstream import Peer, Upstream, answering
from tests.lab.wire import response
from tests.ports import free_port
from tests.tools.doctor.client.middlebox import between, without_upgrade
from tests.tools.doctor.told import no_progress, only

KEY, ROUTE_KEY = "7c211433f0207159", "2d711642b726b044"
ORIGIN = "https://app.example"


@dataclass
class Scene:
    lab: Lab
    gateway: Running
    upstream: Upstream
    vendor: str  # the name of its check

    async def told(self, *, port: int = 0, key: str = KEY, **visit: Any) -> list[Finding]:
        found: list[Finding] = []
        address = GatewayAddress.parse(f"https://localhost:{port or self.gateway.port}/{key}")
        trust = visit.pop("ca_file", self.lab.pki.ca_file)
        await run.examine(Visit(address, ca_file=trust, **visit), found.append, no_progress)
        return found

    async def wrong(self, **visit: Any) -> dict[str, str]:
        """Return the token of each finding that is not ok, by its name."""
        return {each.name: each.token for each in await self.told(**visit) if each.level != "ok"}


async def scene(lab: Lab, *, status: int = 404, route: Any = None, **tables: Any) -> Scene:
    upstream = await lab.upstream(answering(response(status, b"")))
    host = f"{NAME}:{upstream.port}"
    own = {"targets": [host], "allowed_origins": [ORIGIN], **(route or {})}
    tables.setdefault("network_test", {"keys": [KEY]})
    gateway = await lab.gateway(tls=True, route=own, **tables)
    return Scene(lab, gateway, upstream, f"vendor {host}")


async def test_all_is_well(lab: Lab) -> None:
    place = await scene(lab)
    found = await place.told(origin=ORIGIN)
    assert {each.level for each in found} == {"ok"}
    names = [each.name for each in found]
    assert sorted(names) == sorted(
        ["dns", "tls", "clock", "ready", "preflight", "websocket", place.vendor, "media"]
    )
    assert "as the gateway serves it" in only(found, "tls").what


async def test_a_vendor_that_is_down_is_told_from_a_gateway_that_cannot_reach_it(lab: Lab) -> None:
    place = await scene(lab, status=503)
    assert await place.wrong() == {place.vendor: "vendor_error"}
    await place.upstream.close()
    found = only(await place.told(), place.vendor)
    assert (found.level, found.token) == ("fail", "vendor_unreachable")
    assert "connection_refused" in found.what
    assert "(request " in found.what  # to find it in the gateway's log


async def test_a_wrong_key_is_named_and_never_shown(lab: Lab) -> None:
    place = await scene(lab)
    found = await place.told(key="0123456789abcdef")
    assert {each.name: each.token for each in found if each.level != "ok"} == {
        "plan": "key_refused"
    }
    assert [each for each in found if "0123456789abcdef" in str(each)] == []


async def test_a_page_that_may_not_call_is_named(lab: Lab) -> None:
    place = await scene(lab)
    wrong = await place.wrong(origin="https://other.example")
    assert wrong["preflight"] == "origin_refused"


async def test_a_gateway_without_the_test_is_looked_at_as_far_as_it_goes(lab: Lab) -> None:
    place = await scene(lab, network_test=None)
    found = await place.told()
    assert only(found, "plan").token == "network_test_off"
    assert only(found, "ready").level == "ok"
    assert only(found, "clock").level == "ok"


async def test_a_route_that_the_key_does_not_open_is_said_to_be_untried(lab: Lab) -> None:
    place = await scene(lab, route={"keys": [ROUTE_KEY]})
    assert await place.wrong() == {"route /": "route_untried"}


def foreign(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a middlebox's context, and the file with the authority that it has."""
    authority = trustme.CA(organization_name="Inspector")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    path = tmp_path / "inspector.pem"
    authority.cert_pem.write_to_path(str(path))
    return context, path


@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "not trusted"])
async def test_who_inspects_tls_is_found_by_the_fingerprint(
    lab: Lab, tmp_path: Path, is_trusted: bool
) -> None:
    place = await scene(lab, network_test={"allowed_origins": [ORIGIN]})
    context, path = foreign(tmp_path)
    async with between(place.gateway.port, context, lab.pki.client()) as port:
        trust = path if is_trusted else lab.pki.ca_file
        found = only(await place.told(port=port, key="", ca_file=trust, origin=ORIGIN), "tls")
    assert found.token == "tls_intercepted"
    assert found.level == ("warn" if is_trusted else "fail")
    assert "O=Inspector" in found.what


async def test_nobody_in_between_is_shown_the_key(lab: Lab, tmp_path: Path) -> None:
    place = await scene(lab)
    context, _ = foreign(tmp_path)
    seen: list[bytes] = []

    def note(data: bytes) -> bytes:
        seen.append(data)
        return data

    async with between(place.gateway.port, context, lab.pki.client(), note) as port:
        found = await place.told(port=port)
    assert [each.token for each in found if each.level == "fail"] == ["certificate_untrusted"]
    assert b"/-/network/plan" in b"".join(seen)
    assert KEY.encode() not in b"".join(seen)


async def test_our_own_authority_is_told_from_an_inspector(lab: Lab, tmp_path: Path) -> None:
    place = await scene(lab, network_test={"allowed_origins": [ORIGIN]})
    _, path = foreign(tmp_path)
    found = only(await place.told(key="", ca_file=path, origin=ORIGIN), "tls")
    assert (found.level, found.token) == ("fail", "certificate_untrusted")
    assert "it is the gateway's own" in found.remedy


async def test_a_middlebox_that_knows_no_websockets_is_named(lab: Lab) -> None:
    place = await scene(lab)
    own, trust = lab.pki.several("localhost"), lab.pki.client()
    async with between(place.gateway.port, own, trust, without_upgrade) as port:
        wrong = await place.wrong(port=port)
    assert wrong == {"tls": "tls_intercepted", "websocket": "websocket_blocked"}


async def test_a_websocket_that_the_gateway_refuses_is_no_middleboxs(lab: Lab) -> None:
    place = await scene(lab, limits={"websockets": 1, "websockets_per_address": 1})
    client = await lab.client(place.gateway)
    path = f"/-/network/echo/{KEY}".encode()
    await client.get(
        path,
        *(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    found = only(await place.told(), "websocket")
    assert found.token == "gateway_error"
    assert "limits.websockets" in found.what


async def test_a_websocket_that_is_idle_is_held_if_there_is_time(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "IDLE_S", 0.2)
    place = await scene(lab)
    assert only(await place.told(long=True), "websocket idle").level == "ok"
    monkeypatch.setattr(echo, "ECHO_S", 0.1)  # the gateway itself cuts it
    found = only(await place.told(long=True), "websocket idle")
    assert (found.level, found.token) == ("fail", "websocket_idle_cut")


@pytest.mark.parametrize(("skew_s", "level"), [(300.0, "fail"), (-300.0, "fail"), (20.0, "warn")])
async def test_a_clock_that_is_wrong_is_named(
    lab: Lab, skew_s: float, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await scene(lab)
    monkeypatch.setattr(asking, "time", lambda: time() + skew_s)
    found = only(await place.told(), "clock")
    assert (found.level, found.token) == (level, "clock_skew")


async def test_a_turn_server_that_is_down_is_named(lab: Lab, tmp_path: Path) -> None:
    server = TurnServer()
    await server.start()
    await server.close()
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef" * 4)
    secret.chmod(0o600)
    turn = server.table | {"name": "localhost", "udp_port": server.port, "secret_file": str(secret)}
    place = await scene(lab, turn=turn)
    assert (await place.wrong())["modes"] == "turn_unreachable"


async def test_a_gateway_that_is_not_there(lab: Lab) -> None:
    place = await scene(lab)
    await place.gateway.stop()
    assert await place.wrong() == {"tcp": "connection_refused"}


async def test_a_proxy_that_refuses_is_no_gateway_that_does(lab: Lab) -> None:
    place = await scene(lab)
    proxy = HttpProxy("127.0.0.1", free_port())
    found = only(await place.told(proxy=proxy), "tcp")
    assert found.token == "proxy_unreachable"
    assert found.what == f"the proxy {proxy} refuses connections"
    assert "HTTPS_PROXY" in found.remedy
    assert "start the gateway" not in found.remedy


async def test_a_proxy_that_speaks_no_http_is_named(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "TCP_S", 0.3)

    async def silent(peer: Peer) -> None:
        await peer.gone()

    async def other(peer: Peer) -> None:
        peer.send(b"SSH-2.0-x\r\n\r\n")

    place = await scene(lab)
    for script, token in ((silent, "proxy_timeout"), (other, "proxy_refused")):
        proxy = HttpProxy("127.0.0.1", (await lab.upstream(script, tls=False)).port)
        found = only(await place.told(proxy=proxy), "tcp")
        assert (found.level, found.token) == ("fail", token)
        assert str(proxy) in found.what
        assert "set HTTPS_PROXY" not in found.remedy


async def test_a_port_without_tls(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.send(response(400, b"plain", b"Connection: close"))

    plain = await lab.upstream(script, tls=False)
    place = await scene(lab)
    assert await place.wrong(port=plain.port) == {"tls": "tls_error"}


async def test_a_port_that_is_silent(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "TLS_S", 0.3)

    async def silent(peer: Peer) -> None:
        await peer.gone()

    place = await scene(lab)
    upstream = await lab.upstream(silent, tls=False)
    assert await place.wrong(port=upstream.port) == {"tls": "tls_timeout"}
