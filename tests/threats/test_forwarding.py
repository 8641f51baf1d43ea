"""What the upstream is told of the client, and the client of the upstream."""

from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response

FORGED = (
    b"X-Forwarded-For: 6.6.6.6",
    b"X-Real-IP: 6.6.6.6",
    b"Forwarded: for=6.6.6.6",
    b"X-Forwarded-Host: evil.com",
    b"X-Forwarded-Proto: http",
)
OWN_ERROR = b'{"error": "dns_error", "detail": "look elsewhere", "request_id": "0-1"}\n'


async def test_17_forged_client_address(lab: Lab) -> None:
    """With `trusted_proxies` a stranger's chain is dropped; else all are appended to (ADR 20)."""
    upstream = await lab.upstream()

    async def told(trusted: str) -> list[bytes | None]:
        gateway = await lab.gateway(server={"trusted_proxies": [trusted]})
        await (await lab.client(gateway)).get(upstream.at("/"), *FORGED)
        names = [field.partition(b":")[0].lower() for field in FORGED]
        return [upstream.requests[-1].get(name) for name in names]

    assert await told("10.0.0.0/8") == [b"127.0.0.1", b"127.0.0.1", None, None, None]
    chain, real, *facts = await told("127.0.0.0/8")
    assert facts == [None, None, None]
    assert (chain, real) == (b"6.6.6.6, 127.0.0.1", b"6.6.6.6")


async def test_33_error_bodies(lab: Lab) -> None:
    """An upstream's error is the vendor's and crosses; ours are told apart, and say no version."""
    reply = response(400, b'{"why": "quota"}\n', b"X-Vendor: 1", reason=b"Not Today")
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    theirs = await client.get(upstream.at("/"))
    assert theirs.first_line == b"HTTP/1.1 400 Not Today"
    assert (theirs.body, theirs.get(b"x-vendor")) == (b'{"why": "quota"}\n', b"1")
    assert theirs.get(b"proxy-status") is None

    posing = b"Proxy-Status: sigproxy; error=dns_error"
    forged = response(502, OWN_ERROR, posing, b"proxy-status: a-cdn", b"proxy-status: a, SIGPROXY")
    upstream = await lab.upstream(answering(forged))
    for asked in (upstream.at("/"), upstream.at("/forged")):
        answer = await client.get(asked, b"Origin: https://app.example.com")
        assert answer.body == OWN_ERROR
        assert answer.values(b"proxy-status") == [b"a-cdn"]

    ours = await client.get(b"/nobody.example.org/")
    assert set(ours.json) == {"error", "detail", "request_id"}
    assert (ours.get(b"proxy-status") or b"").startswith(b"sigproxy; error=http_request_denied")
    for answer in (theirs, ours):
        assert answer.get(b"server") is None
