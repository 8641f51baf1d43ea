"""Responses and frames, read from a client's connection with an opinion about nothing."""

import time
from dataclasses import dataclass, field

from tests.parity import frames
from tests.parity.client import CLOSED, Client
from tests.parity.record import Field, Frame


@dataclass(slots=True)
class Response:
    """One response as it arrived; *status* is None for bytes that are no response."""

    status: int | None
    version: str = ""
    reason: str = ""
    fields: list[Field] = field(default_factory=list)
    interim: list[int] = field(default_factory=list)
    body: bytes = b""
    framing: str = "none"
    is_whole: bool = False
    head_at: float = 0.0
    chunks_at: list[float] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]


def read_response(client: Client, method: str, deadline: float) -> Response | None:
    """Return the next final response; None if nothing at all came."""
    interim: list[int] = []
    while True:
        if not client.until(b"\r\n\r\n", deadline):
            came = bool(client.buffer or interim)
            return Response(None, interim=interim, body=client.buffer) if came else None
        response = _parse(client.take_to(b"\r\n\r\n"))
        response.head_at = time.monotonic()
        if response.status is None or response.status == 101 or response.status >= 200:
            response.interim = interim
            _read_body(client, response, method, deadline)
            return response
        interim.append(response.status)


def _read_body(client: Client, response: Response, method: str, deadline: float) -> None:
    coding = ",".join(response.values("transfer-encoding")).lower()
    lengths = response.values("content-length")
    if response.status is None:
        return
    if method == "HEAD" or response.status in (101, 204, 304):
        response.framing, response.is_whole = "none", True
    elif "chunked" in coding:
        response.framing = "chunked"
        response.is_whole = _read_chunks(client, response, deadline)
    elif lengths:
        response.framing = "length"
        response.body = client.exactly(int(lengths[0]), deadline)
        response.is_whole = len(response.body) == int(lengths[0])
    else:
        response.framing = "close"
        while client.fill(deadline):
            pass
        response.body, client.buffer = client.buffer, b""
        response.is_whole = client.ended == CLOSED


def _read_chunks(client: Client, response: Response, deadline: float) -> bool:
    """Read chunks up to the last; return whether it came."""
    while client.until(b"\r\n", deadline):
        try:
            size = int(client.take_to(b"\r\n").split(b";")[0], 16)
        except ValueError:
            return False
        if size == 0:
            return _read_trailers(client, deadline)
        data = client.exactly(size + 2, deadline)
        response.body += data[:size]
        response.chunks_at.append(time.monotonic())
        if len(data) < size + 2:
            return False
    return False


def _read_trailers(client: Client, deadline: float) -> bool:
    while client.until(b"\r\n", deadline):
        if not client.take_to(b"\r\n"):
            return True
    return False


def read_frame(client: Client, deadline: float) -> Frame | None:
    """Return the next message or control frame; fragments of a message are joined.

    An intermediary may fragment anew (RFC 6455, 5.4).
    """
    first: Frame | None = None
    parts: list[bytes] = []
    while frame := _next_frame(client, deadline):
        if frame.opcode >= frames.CLOSE:
            return frame
        first = first or frame
        parts.append(frame.payload)
        if frame.final:
            return Frame(first.opcode, b"".join(parts), True, first.reserved, first.masked)
    return None


def _next_frame(client: Client, deadline: float) -> Frame | None:
    if not client.at_least(2, deadline):
        return None
    size = frames.head_size(client.buffer)
    if not client.at_least(size, deadline):
        return None
    head = client.buffer[:size]
    whole = size + frames.payload_size(head)
    if not client.at_least(whole, deadline):
        return None
    return frames.decode(head, client.exactly(whole, deadline)[size:])


def _parse(head: bytes) -> Response:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    code, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/") or not code.isdigit():
        return Response(None, body=head)
    pairs = (line.partition(":") for line in lines)
    fields = [(name, value.strip()) for name, _, value in pairs]
    return Response(int(code), version, reason, fields)
