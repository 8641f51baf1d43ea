"""What a vendor says of its own origin, or to a proxy of its own, is not said of or to ours."""

import pytest

from sigproxy.semantics.fields import NOT_FOR_CLIENTS
from tests.lab.frames import echo_frames, handshake, upgraded
from tests.lab.lab import Lab
from tests.lab.upstream import Peer, answering
from tests.lab.wire import Response, response

# A value each that a browser would act on, where there is one.
VALUES = {
    b"Alt-Svc": b'h3=":443"; ma=86400, h3="edge.vendor.example:443"',
    b"Strict-Transport-Security": b"max-age=63072000; includeSubDomains; preload",
    b"Clear-Site-Data": b'"cookies", "storage"',
    b"NEL": b'{"report_to":"default","max_age":2592000}',
    b"Accept-CH": b"Sec-CH-UA-Model, Device-Memory",
    b"Use-As-Dictionary": b'match="/*"',
    b"Service-Worker-Allowed": b"/",
}
SCOPED = [b"%b: %b" % each for each in VALUES.items()]
SCOPED += [b"%b: ?1" % name.title() for name in sorted(NOT_FOR_CLIENTS)]
# Of the response, the document or the resource alone.
CROSSING = {
    b"x-accel-buffering": b"no",  # of this response alone, in which events must not wait
    b"content-security-policy": b"sandbox",
    b"permissions-policy": b"camera=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"cross-origin",
    b"no-vary-search": b"params",
    b"referrer-policy": b"no-referrer",
    b"server-timing": b"cpu;dur=2",
    b"timing-allow-origin": b"*",
    b"www-authenticate": b'Basic realm="x"',
    b"x-frame-options": b"DENY",
}
FIELDS = [*SCOPED, *(b"%b: %b" % each for each in CROSSING.items())]


def is_right(answer: Response) -> bool:
    crossed = {name.lower() for name, _ in answer.fields}
    assert crossed & NOT_FOR_CLIENTS == set()
    return all(answer.get(name) == value for name, value in CROSSING.items())


@pytest.mark.parametrize("client_fields", [(), (b"Origin: https://app.example",)])
@pytest.mark.parametrize("status", [200, 204, 304, 404, 500])
async def test_no_response_has_them(
    lab: Lab, status: int, client_fields: tuple[bytes, ...]
) -> None:
    upstream = await lab.upstream(
        answering(response(status, b"", *FIELDS, framed=status not in (204, 304)))
    )
    client = await lab.client(await lab.gateway(tls=True))

    answer = await client.get(upstream.at("/x"), *client_fields)

    assert answer.status == status
    assert is_right(answer)


@pytest.mark.parametrize("mode", ["rewrite", "pass"])
async def test_no_redirect_that_the_client_gets_has_them(lab: Lab, mode: str) -> None:
    upstream = await lab.upstream(answering(response(302, b"", b"Location: /y", *FIELDS)))
    client = await lab.client(await lab.gateway(route={"redirects": mode}))

    answer = await client.get(upstream.at("/x"))

    assert answer.status == 302
    assert is_right(answer)


async def test_no_handshake_has_them(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames, *FIELDS))
    client = await lab.client(await lab.gateway())

    answer = await handshake(client, upstream.at("/ws"), b"Origin: https://app.example")

    assert answer.status == 101
    assert is_right(answer)


async def test_no_hint_before_the_response_has_them(lab: Lab) -> None:
    async def hinting(peer: Peer) -> None:
        await peer.request()
        lines = (b"HTTP/1.1 103 Early Hints", b"Link: </a>; rel=preload", *SCOPED)
        peer.send(b"\r\n".join(lines) + b"\r\n\r\n" + response(200, b"ok"))
        await peer.gone()

    upstream = await lab.upstream(hinting)
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/x"))).status == 200
    [hint] = client.interim
    assert [name for name, _ in hint.fields] == [b"Link"]
