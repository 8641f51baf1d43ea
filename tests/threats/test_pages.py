"""What a web page may do through the gateway: a foreign one nothing, and no vendor's all."""

from tests.lab.frames import HANDSHAKE, echo_frames, upgraded
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response

APP = b"https://app.example"
LISTED = {"allowed_origins": [APP.decode()]}
PREFLIGHT = (
    b"Origin: " + APP,
    b"Access-Control-Request-Method: DELETE",
    b"Access-Control-Request-Headers: authorization",
)


async def test_10_pages_in_our_origin(lab: Lab) -> None:
    """A service worker would answer for every vendor.

    Vendors' scripts are part of some SDKs and run (SECURITY.md, known limits); a name of its own
    is what keeps them from the operator's other pages. The one that is here, /-/network, keeps
    nothing in the browser.
    """
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/sw.js"), b"Service-Worker: script")

    assert (answer.status, answer.error) == (403, "service_worker_refused")
    assert (upstream.peers, lab.dns.asked) == ([], [])
    for page in (b"/-/", b"/-/metrics", b"/-/config", b"/admin"):
        assert (await client.get(page)).status == 404


async def test_15_cross_site_websocket_hijacking(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway(route=LISTED)

    for origin in (b"https://evil.example", b"https://app.example.evil.com", b"null"):
        client = await lab.client(gateway)
        answer = await client.get(upstream.at("/ws"), *HANDSHAKE, b"Origin: " + origin)
        assert (answer.status, answer.error) == (403, "origin_refused")
    assert (upstream.peers, lab.dns.asked) == ([], [])

    for fields in ((b"Origin: " + APP,), ()):  # the app's page, and a native SDK
        client = await lab.client(gateway)
        assert (await client.get(upstream.at("/ws"), *HANDSHAKE, *fields)).status == 101
    assert upstream.requests[0].get(b"origin") == APP


async def test_16_cors_with_credentials(lab: Lab) -> None:
    """A page that is listed reads everything, errors too; what is not, reads nothing."""
    own = (b"Access-Control-Allow-Origin: *", b"Access-Control-Allow-Origin: https://vendor")
    upstream = await lab.upstream(answering(response(500, b"vendor's", *own)))
    client = await lab.client(await lab.gateway(route=LISTED))
    refused = b"/nobody.example.org/"

    preflight = await client.get(upstream.at("/"), *PREFLIGHT, method=b"OPTIONS")
    assert preflight.status == 204
    assert b"DELETE" in (preflight.get(b"access-control-allow-methods") or b"")
    assert preflight.get(b"access-control-allow-headers") == b"authorization"
    assert preflight.get(b"content-length") is None
    answers = [
        await client.get(target, b"Origin: " + APP) for target in (upstream.at("/"), refused)
    ]
    assert [answer.status for answer in answers] == [500, 403]
    for answer in (preflight, *answers):
        assert answer.get(b"access-control-allow-origin") == APP
        assert answer.get(b"access-control-allow-credentials") == b"true"
        assert b"Origin" in b", ".join(answer.values(b"vary"))

    foreign = await client.get(refused, b"Origin: https://evil.example")
    assert foreign.get(b"access-control-allow-origin") is None
