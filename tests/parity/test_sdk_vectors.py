"""Requests that the vendors' SDKs sent to a gateway, and the upstream request each must become."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.parity import frames, gateways, messages
from tests.parity.certificates import Certificates
from tests.parity.client import Client
from tests.parity.gateways import Place
from tests.parity.messages import Response
from tests.parity.record import Frame, Journal, Record, UpstreamRequest
from tests.parity.requests import HANDSHAKE, WEBSOCKET
from tests.parity.session import Endpoint
from tests.parity.upstream import server, websocket
from tests.parity.upstream.wire import Wire

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]

OWN_AUTHORITY = "proxy.example.org:8443"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
REDIRECTED = "https://api3.cc.skype.com/conv/redirected?i=1"
WANTS_REDIRECT = "x-wants-redirect"
PACKED = b"\x1f\x8b\x08\0raw bytes"  # OneCollector sends gzip without a Content-Encoding
BODY = b"Trouter"  # what the ACS SDK compares the answer of its check with
GREETING = Frame(frames.TEXT, b"hi")
TIMEOUT_S = 5.0
TARGETS = """
allowed_origins = ["https://app.example"]
targets = [
    "*.com:*", "*.net:*", "*.us", "*.microsoft", "*.io:*", "*.cn:*",
    "*.co", "*.blue", "*.aws", "*.dev",
]
"""
ROUTE = '[[route]]\nprefix = "{}"\ndialect = "{}"\n'
FIXED = {
    "/": 'upstream = "https://watchrtc-server.cyara.com/"\n',
    "/ws": 'upstream = "wss://signaling.rtc.qq.com/"\n',
    "/livekit": 'upstream = "https://project.livekit.cloud"\n',
    "/proxy": 'upstream = "https://microsoft.com/forwarder/"\nkeep_path = false\n',
}
# A gateway for each: what stands below "/" differs.
CONFIGURATIONS = {
    "path": "".join(ROUTE.format(each, "path") + TARGETS for each in ("/", "/acs/v1", "/vg")),
    "query": "".join(ROUTE.format(each, "query") + TARGETS for each in ("/", "/agora")),
    "fixed": "".join(ROUTE.format(each, "fixed") + text for each, text in FIXED.items()),
}
AGORAS_PORTS = (4700, 6443)


@dataclass(frozen=True, slots=True)
class Vector:
    """One recorded request; *upstream* is the URL it must become, or None."""

    id: str
    source: str
    method: str
    path: str
    upstream: str | None
    routes: str = "path"
    headers: dict[str, str] = field(default_factory=dict)
    host: str = OWN_AUTHORITY
    websocket: bool = False
    subprotocols: tuple[str, ...] = ()
    redirect: bool = False
    status: tuple[int, ...] = ()
    allows: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def request(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [*WEBSOCKET, *HANDSHAKE, DEFLATE] if self.websocket else ["Connection: close"]
        if self.subprotocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self.subprotocols)}")
        if self.redirect:
            lines.append(f"{WANTS_REDIRECT}: 302")
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    @property
    def body(self) -> bytes:
        return PACKED if self.method == "POST" else b""


def _vector(recorded: dict[str, Any]) -> Vector:
    lists = {name: tuple(recorded[name]) for name in ("subprotocols", "status") if name in recorded}
    return Vector(**{**recorded, **lists})


VECTORS = [
    _vector(each) for each in json.loads(Path(__file__).with_name("sdk_requests.json").read_text())
]


async def answer(wire: Wire, request: UpstreamRequest) -> bool:
    """Answer as the vendors do, as far as their SDKs care."""
    if request.values("upgrade"):
        await wire.raw(websocket.switching(request))
        await wire.frame(GREETING)
        await wire.wait_for_end(2)
        return False
    await wire.body(request)
    if request.values(WANTS_REDIRECT) and "redirected" not in request.target:
        await wire.answer(request, 302, (("Location", REDIRECTED),))
    else:
        await wire.answer(request, 200, (("Content-Type", "text/plain"),), BODY)
    return True


@dataclass(frozen=True, slots=True)
class Gateways:
    """One for each of ``CONFIGURATIONS``, before one upstream."""

    endpoints: dict[str, Endpoint]
    journal: Journal

    def send(self, vector: Vector) -> tuple[Response, Frame | None, Record]:
        record = self.journal.open()
        endpoint = self.endpoints[vector.routes]
        client = Client(endpoint.address, str(endpoint.ca_file))
        try:
            client.send(vector.request())
            deadline = time.monotonic() + TIMEOUT_S
            response = messages.read_response(client, vector.method, deadline)
            assert response is not None, "no answer"
            opened = response.status == 101
            return response, messages.read_frame(client, deadline) if opened else None, record
        finally:
            client.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, ports: None) -> Iterator[Gateways]:
    certificates, journal = Certificates(tmp_path_factory.mktemp("sdk")), Journal()
    addresses = (*server.TLS_ADDRESSES, *(("127.44.0.1", port) for port in AGORAS_PORTS))
    host, port = gateways.SIGPROXY.address
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(
            server, "TLS_ADDRESSES", addresses
        )
        stack.enter_context(server.running(certificates, journal, answer))
        endpoints = {}
        for number, (name, routes) in enumerate(CONFIGURATIONS.items()):
            directory, place = tmp_path_factory.mktemp(name), Place((host, port + number))
            started = gateways.sigproxy(directory, certificates, routes, place)
            endpoints[name] = stack.enter_context(started)
        yield Gateways(endpoints, journal)


def _select(condition: bool, websocket: bool = False) -> Any:
    chosen = [
        each
        for each in VECTORS
        if (each.upstream is not None) == condition and each.websocket == websocket
    ]
    return pytest.mark.parametrize("vector", chosen, ids=lambda vector: vector.id)


def _assert_is(request: UpstreamRequest, vector: Vector) -> None:
    """*request* is the one that the vector names, byte for byte."""
    match = re.fullmatch(r"(?:https|wss)://([^/:]+)(?::(\d+))?(/.*)", vector.upstream or "")
    assert match is not None
    host, port, target = match[1], int(match[2] or 443), match[3]
    assert (request.method, request.target) == (vector.method, target)
    assert request.connection.sni == host
    assert request.connection.address.endswith(f":{port}")
    assert request.host.removesuffix(":443") == (host if port == 443 else f"{host}:{port}")


@_select(True)
def test_request_becomes_the_upstream_one(gateway: Gateways, vector: Vector) -> None:
    response, _, record = gateway.send(vector)
    assert record.requests, f"nothing reached the upstream: {response}"
    _assert_is(record.requests[0], vector)
    assert record.requests[0].body == vector.body
    assert (response.status, response.body) == (200, BODY)
    # The SDK refuses "text/plain, text/plain": one field, once.
    assert response.values("content-type") == ["text/plain"]
    if vector.redirect:
        assert f"https://{record.requests[-1].host}{record.requests[-1].target}" == REDIRECTED
        assert record.requests[-1].method == vector.method


@_select(True, websocket=True)
def test_websocket_becomes_the_upstream_one(gateway: Gateways, vector: Vector) -> None:
    response, first, record = gateway.send(vector)
    assert record.requests, f"nothing reached the upstream: {response}"
    _assert_is(record.requests[0], vector)
    assert response.status == 101
    assert response.values("sec-websocket-protocol") == list(vector.subprotocols[-1:])
    assert first == GREETING


@_select(False)
def test_request_is_answered_here(gateway: Gateways, vector: Vector) -> None:
    response, _, record = gateway.send(vector)
    assert not record.requests
    assert response.status in vector.status
    for name, wanted in vector.allows.items():
        assert wanted.lower() in ",".join(response.values(name)).lower()
