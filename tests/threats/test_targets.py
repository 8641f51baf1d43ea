"""Which host a request reaches: a listed one or none, however the client spells it."""

from aiohttp import web

from tests.lab.dns import Name
from tests.lab.lab import Lab, Running
from tests.lab.upstream import answering
from tests.lab.wire import response

STRANGERS = ("evil.com", "up.example.com.evil.com", "evilvendor.net", "vendor.net")

# Ways to 127.0.0.1; the vendors' NGINX sample takes most of them. What is no host name is
# malformed, 400 (page 4 of docs/adr); what is an address, and not listed, is refused, 403.
SPELLINGS = {
    b"/127.0.0.1:%d/latest/x.com/y": 403,
    b"/user@127.0.0.1:%d/.com/y": 400,
    b"/up.example.com@127.0.0.1:%d/y": 400,
    b"/2130706433:%d/.com/y": 400,
    b"/0x7f.1:%d/.com/y": 400,
    b"/[::ffff:127.0.0.1]:%d/.com/y": 403,
    b"/127.0.0.1%%2f.example.com:%d/y": 400,
    b"/127.0.0.1\\.example.com:%d/y": 400,
}


async def test_01_open_proxy(lab: Lab) -> None:
    upstream = await lab.upstream()
    for name in STRANGERS:
        lab.dns.zone[name] = Name(("127.0.0.1",))
    gateway = await lab.gateway(route={"targets": ["up.example.com:*", "*.vendor.net:*"]})
    client = await lab.client(gateway)

    for name in STRANGERS:
        answer = await client.get(upstream.at("/", name))
        assert (answer.status, answer.error) == (403, "target_refused"), name

    assert (upstream.peers, lab.dns.asked) == ([], [])


async def test_02_host_syntax(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()

    for spelling, status in SPELLINGS.items():
        client = await lab.client(gateway)
        answer = await client.get(spelling % upstream.port)
        assert (answer.status, answer.error is not None) == (status, True), spelling

    assert (upstream.peers, lab.dns.asked) == ([], [])
    client = await lab.client(gateway)
    assert (await client.get(upstream.at("/", "UP.Example.COM."))).status == 200


async def test_25_host_header(lab: Lab) -> None:
    upstream = await lab.upstream(answering(response(201, b"", b"Location: /new")))
    gateway = await lab.gateway()
    target = upstream.at("/")

    for hosts in (b"Host: a@b", b"Host: a/b", b"Host: a,b", b"Host:", b"Host: a\r\nHost: a"):
        client = await lab.client(gateway)
        client.send(b"GET %b HTTP/1.1\r\n%b\r\n\r\n" % (target, hosts))
        assert (await client.response()).status == 400, hosts
    assert upstream.peers == []

    # Any name may lead here, so a strange one is no 421; it must not come back in a Location.
    client = await lab.client(gateway)
    client.send(b"GET %b HTTP/1.1\r\nHost: evil.com\r\n\r\n" % target)
    answer = await client.response()
    assert (answer.status, answer.get(b"location")) == (201, upstream.at("/new"))
    assert upstream.requests[0].get(b"host") == b"up.example.com:%d" % upstream.port


async def test_26_methods_and_forms(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    authority = b"up.example.com:%d" % upstream.port
    lines = {
        b"CONNECT " + authority: 405,
        b"TRACE " + upstream.at("/"): 405,
        b"GET http://" + authority + b"/": 400,
        b"GET https://" + authority + b"/": 400,
        b"OPTIONS *": 200,  # about the gateway itself
        b"GET *": 400,
    }

    for line, status in lines.items():
        client = await lab.client(gateway)
        client.send(line + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await client.response()).status == status, line

    assert (upstream.peers, lab.dns.asked) == ([], [])


async def also_as(lab: Lab, gateway: Running, name: str) -> bytes:
    """Have *gateway* listen with a right certificate for *name* too; return that authority."""
    lab.dns.zone[name] = Name(("127.0.0.1",))
    site = web.TCPSite(gateway.runner, "127.0.0.1", 0, ssl_context=lab.pki.upstream())
    await site.start()
    return f"{name}:{gateway.runner.addresses[-1][1]}".encode()


async def test_27_loops(lab: Lab) -> None:
    """By its own name, and through a second gateway that sends it back: seen by CDN-Loop."""
    upstream = await lab.upstream()
    first = await lab.gateway(server={"public_names": ["one.example.com"]})
    second = await lab.gateway(server={"public_names": ["two.example.com"]})
    one = await also_as(lab, first, "one.example.com")
    two = await also_as(lab, second, "two.example.com")

    client = await lab.client(first)
    answer = await client.get(b"/localhost" * 5 + upstream.at("/"))
    assert (answer.status, answer.error) == (508, "loop_detected")
    answer = await client.get(b"/%b/%b/%b" % (two, one, two) + upstream.at("/"))
    # The second gateway's own Proxy-Status does not cross the first: it is a vendor to that.
    assert (answer.status, answer.error) == (508, None)
    assert answer.json["error"] == "loop_detected"

    assert [record.status for record in second.observer.ends] == [508]
    assert [record.status for record in first.observer.ends] == [508, 508, 508]
    assert upstream.peers == []


async def test_32_path_confusion(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    path = "/a%2Fb%20c%3Fd/../x//y;z=%5c..%2f?x=%2F&u=//evil.com"

    assert (await client.get(upstream.at(path))).status == 200

    assert upstream.requests[0].target == path.encode()
