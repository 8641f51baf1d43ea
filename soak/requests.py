"""The requests that pages make, and what each must be answered."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from soak import messages
from soak.account import Kind
from soak.gateway import Gateway
from soak.upstream import NAME_FIELD
from tests.lab.wire import LAST_CHUNK, Response, chunk

ORIGIN = b"https://app.example"
PREFLIGHT = (b"Access-Control-Request-Method: POST", b"Access-Control-Request-Headers: x-token")
DOWN = (0, 100, 5_000, 300_000)
UP = (1, 1_000, 60_000, messages.MOST_BYTES)
CHUNK_BYTES = 9_000


@dataclass(frozen=True, slots=True)
class Request:
    """*error*: the token of the gateway's own refusal. *is_aborted*: by the client, half-way."""

    what: str
    name: str
    method: bytes
    target: bytes
    fields: tuple[bytes, ...] = ()
    body: bytes | None = None
    status: int = 200
    answer: bytes | None = None
    error: str | None = None
    is_chunked: bool = False
    is_aborted: bool = False

    @property
    def message(self) -> bytes:
        """Return the whole request."""
        fields = [b"Host: localhost", b"Origin: " + ORIGIN, *self.fields]
        body = self.body or b""
        if self.is_chunked:
            fields.append(b"Transfer-Encoding: chunked")
            parts = (body[at:][:CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES))
            body = b"".join(map(chunk, parts)) + LAST_CHUNK
        elif self.body is not None:
            fields.append(b"Content-Length: %d" % len(body))
        head = b"\r\n".join([b"%b %b HTTP/1.1" % (self.method, self.target), *fields])
        return head + b"\r\n\r\n" + body


def requests(gateway: Gateway, page: int) -> Iterator[Request]:
    """Yield one request after another, without end."""
    number = 0
    while True:
        [make] = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        yield make(gateway, f"page{page}-{number}")
        number += 1


def _get(gateway: Gateway, name: str) -> Request:
    size = random.choice(DOWN)
    target = gateway.target(f"/bytes?name={name}&size={size}")
    return Request("GET", name, b"GET", target, answer=messages.content(name, size))


def _get_chunked(gateway: Gateway, name: str) -> Request:
    size = random.choice(DOWN)
    target = gateway.target(f"/bytes?name={name}&size={size}&chunked=1")
    return Request("GET, chunked", name, b"GET", target, answer=messages.content(name, size))


def _post(gateway: Gateway, name: str, what: str = "POST", path: str = "/sum") -> Request:
    body = messages.content(name, random.choice(UP))
    target = gateway.target(f"{path}?name={name}")
    answer = b"%d %08x" % (len(body), crc32(body))
    is_chunked = what == "POST, chunked"
    return Request(what, name, b"POST", target, body=body, answer=answer, is_chunked=is_chunked)


def _post_chunked(gateway: Gateway, name: str) -> Request:
    return _post(gateway, name, "POST, chunked")


def _redirected(gateway: Gateway, name: str) -> Request:
    """Follow a redirect to another host, inside the gateway; the body goes along."""
    if random.random() < 0.5:
        return _post(gateway, name, "redirected POST", "/moved/sum")
    target = gateway.target(f"/moved/bytes?name={name}&size=500")
    return Request("redirected GET", name, b"GET", target, answer=messages.content(name, 500))


def _preflight(gateway: Gateway, name: str) -> Request:
    target = gateway.target(f"/sum?name={name}")
    return Request("preflight", name, b"OPTIONS", target, PREFLIGHT, status=204, answer=b"")


def _missing(gateway: Gateway, name: str) -> Request:
    target = gateway.target(f"/nothing?name={name}")
    return Request("the vendor's 404", name, b"GET", target, status=404, answer=b"nothing here")


def _refused(gateway: Gateway, name: str) -> Request:
    target = gateway.target(f"/bytes?name={name}", "up.example.net")
    return Request("refused", name, b"GET", target, status=403, error="target_refused")


def _aborted(gateway: Gateway, name: str) -> Request:
    if random.random() < 0.5:
        body = messages.content(name, messages.MOST_BYTES)
        target = gateway.target(f"/sum?name={name}")
        return Request("aborted POST", name, b"POST", target, body=body, is_aborted=True)
    target = gateway.target(f"/bytes?name={name}&size={messages.MOST_BYTES}")
    return Request("aborted GET", name, b"GET", target, is_aborted=True)


WEIGHTS = {
    _get: 30,
    _get_chunked: 15,
    _post: 20,
    _post_chunked: 10,
    _redirected: 8,
    _preflight: 8,
    _missing: 2,
    _refused: 2,
    _aborted: 5,
}


def judge(request: Request, response: Response) -> tuple[Kind, str] | None:
    """Return what is wrong with the answer to *request*; None if it is as it must be."""
    if not response.complete:
        return Kind.CUT, f"after {len(response.body)} bytes of the answer's body"
    if response.error == "connection_terminated":
        return Kind.TERMINATED, str(response.json.get("detail"))
    found: list[str] = []
    if response.status != request.status:
        found.append(f"status {response.status}, not {request.status}: {response.body[:200]!r}")
    if response.error != request.error:
        found.append(f"error {response.error}, not {request.error}")
    if response.values(b"access-control-allow-origin") not in ([ORIGIN], [b"*"]):
        found.append("Access-Control-Allow-Origin is not there once")
    if request.answer is not None and response.body != request.answer:
        found.append(f"another body, of {len(response.body)} bytes, not {len(request.answer)}")
    is_vendors = request.error is None and request.method != b"OPTIONS"
    if is_vendors and response.get(NAME_FIELD) != request.name.encode():
        found.append(f"the answer to another request: {response.get(NAME_FIELD)!r}")
    return (Kind.WRONG, "; ".join(found)) if found else None
