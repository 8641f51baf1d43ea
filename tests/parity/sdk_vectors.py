"""Recorded requests of the vendors' SDKs, and gateways before one upstream to send them to."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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

OWN_AUTHORITY = "proxy.example.org:8443"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
REDIRECTED = "https://api3.cc.skype.com/conv/redirected?i=1"
WANTS_REDIRECT = "x-wants-redirect"
PACKED = b"\x1f\x8b\x08\0raw bytes"  # OneCollector sends gzip without a Content-Encoding
BODY = b"Trouter"  # what the ACS SDK compares the answer of its check with
GREETING = Frame(frames.TEXT, b"hi")
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Vector:
    """One recorded request; *upstream* is the URL it must become, or None."""

    id: str
    source: str
    method: str
    path: str
    upstream: str | None
    routes: str = "path"
    sdk: str = ""  # npm's name of it and the version, of those that have no suite of their own
    seen: str = ""  # year-month-day
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

    @property
    def host_and_port(self) -> tuple[str, int]:
        match = re.fullmatch(r"(?:https|wss)://([^/:]+)(?::(\d+))?/.*", self.upstream or "")
        assert match is not None
        return match[1], int(match[2] or 443)

    @property
    def target(self) -> str:
        """The request target that the upstream must see."""
        return "/" + (self.upstream or "").split("/", 3)[3]


def _vector(recorded: dict[str, Any]) -> Vector:
    lists = {name: tuple(recorded[name]) for name in ("subprotocols", "status") if name in recorded}
    return Vector(**{**recorded, **lists})


def read(name: str) -> list[Vector]:
    """Return the requests in the file *name* of this folder."""
    return [_vector(each) for each in json.loads(Path(__file__).with_name(name).read_text())]


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
    """One for each configuration, before one upstream."""

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


@contextmanager
def running(
    made: pytest.TempPathFactory,
    configurations: Mapping[str, str],
    addresses: tuple[tuple[str, int], ...],
) -> Iterator[Gateways]:
    """Run a gateway for each configuration; the upstream listens on *addresses* too."""
    certificates, journal = Certificates(made.mktemp("sdk")), Journal()
    every = (*server.TLS_ADDRESSES, *addresses)
    host, port = gateways.SIGPROXY.address
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(server, "TLS_ADDRESSES", every)
        stack.enter_context(server.running(certificates, journal, answer))
        endpoints = {}
        for number, (name, routes) in enumerate(configurations.items()):
            directory, place = made.mktemp(name), Place((host, port + number))
            started = gateways.sigproxy(directory, certificates, routes, place)
            endpoints[name] = stack.enter_context(started)
        yield Gateways(endpoints, journal)


def assert_became(request: UpstreamRequest, vector: Vector) -> None:
    """*request* is the one that the vector names, byte for byte."""
    host, port = vector.host_and_port
    assert (request.method, request.target) == (vector.method, vector.target)
    assert request.connection.sni == host
    assert request.connection.address.endswith(f":{port}")
    assert request.host.removesuffix(":443") == (host if port == 443 else f"{host}:{port}")


def assert_answered(response: Response, first: Frame | None, vector: Vector) -> None:
    """The client got what the upstream answered: a body, or a WebSocket and its first frame."""
    if vector.websocket:
        assert response.status == 101
        assert response.values("sec-websocket-protocol") == list(vector.subprotocols[-1:])
        assert first == GREETING
    else:
        assert (response.status, response.body) == (200, BODY)
        # The SDK refuses "text/plain, text/plain": one field, once.
        assert response.values("content-type") == ["text/plain"]
