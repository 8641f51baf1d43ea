"""Query targets that are malformed, or not admitted: a clear error, and nothing is dialled."""

import pytest

from tests.gateway.test_query_route import AGORA, LISTED, at
from tests.lab.frames import HANDSHAKE
from tests.lab.lab import Lab
from tests.lab.wire import Response

APP = b"https://app.example"


def is_readable(answer: Response) -> bool:
    """Return whether the page at APP can read why the gateway itself refused."""
    return (
        answer.get(b"content-type") == b"application/json"
        and answer.json["detail"].isascii()
        and b"details=" in (answer.get(b"proxy-status") or b"")
        and answer.get(b"access-control-allow-origin") == APP
        and answer.get(b"access-control-allow-credentials") == b"true"
        and b"Proxy-Status" in (answer.get(b"access-control-expose-headers") or b"")
    )


@pytest.mark.parametrize("websocket", [False, True], ids=["http", "websocket"])
@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ("/ap/", 400, "url= is missing"),
        ("/ap/?url=", 400, "url= is empty"),
        ("/ap/?url=HOST:PORT/&url=HOST:PORT/", 400, "url= comes twice"),
        ("/ap/?url=HOST:PORT/&%75rl=evil.com", 400, "should be spelled url="),
        ("/ap/?url=https://HOST:PORT/", 400, "begins with a scheme"),
        ("/ap/?url=https%3A%2F%2FHOST:PORT", 400, "is percent-encoded"),
        ("/ap/?url=user:pw@HOST:PORT/", 400, "userinfo"),
        ("/ap/?url=HOST:PORT\\@evil.com/", 400, "userinfo"),
        ("/ap/?url=//HOST:PORT/", 400, "is not a host name"),
        ("/ap/?url=HOST%00:PORT/", 400, "is percent-encoded"),
        ("/ap/?url=[::1/", 400, "is not an IPv6 literal"),
        ("/ws/?h=HOST&p=22", 400, "port 22 is none of Agora's: 443, 4000-5000, 5668, 6443"),
        ("/ws/?h=10.0.0.1&p=22", 400, "port 22"),
        ("/ws/?h=HOST&p=0PORT", 400, "the port is '0"),
        ("/ws/?h=HOST&p=PORT@evil.com", 400, "userinfo"),
        ("/ws/?h=HOST&p=%34443", 400, "p= is percent-encoded"),
        ("/ws/?h=HOST", 400, "p= is missing"),
        ("/ws/?p=PORT", 400, "h= is missing"),
        ("/ws/?h=a@b&p=PORT", 400, "userinfo"),
        ("/ws/?h=HOST&amp;p=PORT", 400, "p= is missing"),
        ("/ws/?h=HOST;p=PORT", 400, "p= is missing"),
        ("/ws/?h=HOST&h=HOST&p=PORT", 400, "h= comes twice"),
        ("/ws/?h=HOST&H=evil.com&p=PORT", 400, "H= should be spelled h="),
        ("/ws/?h=HOST:PORT&p=PORT", 400, "h= holds more than a host"),
        ("/ws/?h=HOST/&p=PORT", 400, "is not a host name"),
        ("/rs/?h=HOST&p=PORT", 400, "d= is missing"),
        ("/rs/?h=HOST&p=PORT&d=", 400, "d= is empty"),
        ("/rs/?h=HOST&p=PORT&d=%2e%2e", 400, "d= is percent-encoded"),
        ("/ws/?h=127.0.0.1&p=PORT", 403, "127.0.0.1:PORT is not among this route's targets"),
        ("/ws/?h=[::1]&p=PORT", 403, "[::1]:PORT is not among this route's targets"),
        ("/ws/?h=HOST.evil.org&p=443", 403, "HOST.evil.org is not among this route's targets"),
        ("/ap/../ws/?h=HOST&p=PORT", 404, "the path should be /ap/?url="),
        ("/AP/?url=HOST:PORT/", 404, "the path should be /ap/?url="),
        ("/", 404, "the path should be /ap/?url="),
        ("", 404, "the path should be /ap/?url="),
        ("/ap/?url=LocalHost./", 508, "names this gateway itself"),
        ("/ws/?h=localhost&p=443", 508, "names this gateway itself"),
    ],
)
async def test_what_names_no_target_reaches_nothing(
    lab: Lab, form: str, status: int, says: str, websocket: bool
) -> None:
    upstream = await lab.agoras_upstream()
    gateway = await lab.gateway(route=LISTED)
    client = await lab.client(gateway)

    fields = HANDSHAKE if websocket else ()
    answer = await client.get(b"/agora" + at(upstream, form), b"Origin: " + APP, *fields)

    assert answer.status == status
    assert at(upstream, says).decode() in answer.json["detail"]
    assert is_readable(answer)
    assert (upstream.peers, lab.dns.asked) == ([], [])
    assert (await gateway.observer.last()).error == answer.error


async def test_a_name_for_a_private_address_reaches_nothing(lab: Lab) -> None:
    upstream = await lab.agoras_upstream()
    public = {"allow_networks": ["127.0.1.0/24"]}
    client = await lab.client(await lab.gateway(upstream=public, route=AGORA))

    answer = await client.get(at(upstream, "/agora/ap/?url=HOST:PORT/"))

    assert (answer.status, answer.error) == (403, "address_refused")
    assert upstream.peers == []
