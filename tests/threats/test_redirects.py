"""An upstream that redirects: only to where the client might have gone, and without its secrets."""

from tests.lab.dns import Name
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import Request, response

OTHER = "other.example.com"


def redirecting(request: Request) -> bytes:
    """Redirect ``/302?<location>`` and ``/308?<location>``; say what came for all else."""
    path, _, location = request.target.partition(b"?")
    if path in (b"/302", b"/308"):
        return response(int(path[1:]), b"", b"Location: " + location)
    return response(200, request.method + b" " + request.target + b" " + request.body)


async def test_06_redirect_to_the_inside(lab: Lab) -> None:
    upstream = await lab.upstream(answering(redirecting))
    inside = await lab.upstream(tls=False)
    lab.dns.zone |= {"evil.com": Name(("127.0.0.1",)), "inside.example.com": Name(("10.0.0.1",))}
    client = await lab.client(await lab.gateway())
    port = inside.port

    for location in (
        f"http://127.0.0.1:{port}/",
        f"https://127.0.0.1:{port}/",
        f"http://up.example.com:{port}/",
        f"https://evil.com:{port}/",
        f"//evil.com:{port}/",
        f"\\\\evil.com:{port}/",
        f"https://up.example.com:{port}@evil.com:{port}/",
        "https://inside.example.com/",
        "http://unix:/run/docker.sock:/v1",
        "file:///etc/passwd",
    ):
        answer = await client.get(upstream.at(f"/302?{location}"))
        assert (answer.status, answer.error) == (502, "redirect_refused"), location
    assert inside.peers == []

    # Followed inside (ADR 7): a client that did so itself would leave the gateway.
    answer = await client.get(upstream.at("/308?/there"), method=b"POST", body=b"call")
    assert answer.body == b"POST /there call"
    answer = await client.get(upstream.at("/302?\\evil.com"))
    assert answer.body == b"GET /\\evil.com "


async def test_07_credentials_across_origins(lab: Lab) -> None:
    """Authorization, Cookie, Proxy-Authorization: those that Fetch names, 4.4 (ADR 7)."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    first = await lab.upstream(answering(redirecting))
    second = await lab.upstream(answering(redirecting))
    client = await lab.client(await lab.gateway())

    await client.get(
        first.at(f"/302?https://{OTHER}:{second.port}/"),
        b"Authorization: Bearer secret",
        b"Cookie: session=secret",
        b"Proxy-Authorization: Basic secret",
    )

    assert first.requests[0].get(b"authorization") == b"Bearer secret"
    assert first.requests[0].get(b"cookie") == b"session=secret"
    assert b"secret" not in second.requests[0].raw_head


async def test_28_amplification(lab: Lab) -> None:
    """One request becomes six at most: five redirects are followed (ADR 7)."""
    upstream = await lab.upstream(answering(response(302, b"", b"Location: /again")))
    client = await lab.client(await lab.gateway())

    for method in (b"GET", b"POST"):
        upstream.requests.clear()
        answer = await client.get(upstream.at("/"), method=method, body=b"")
        assert (answer.status, answer.error) == (502, "redirect_refused")
        assert len(upstream.requests) == 6
