"""What a proxy in front loses, a prefix, a port, a name or an upgrade: it comes back where the
proxy is believed, else the refusal says so, with the line to add (page 20 of docs/adr)."""

from typing import Any

import pytest

from tests.gateway.test_proxy_in_front import PUBLIC, SERVERS, STRANGER, TRUSTED
from tests.lab.frames import HANDSHAKE, KEY
from tests.lab.lab import Lab, Running
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import response

CREATED = response(201, b"ok", b"Location: /v2/conv/7", b"Set-Cookie: s=1; Path=/v2")


async def created(lab: Lab, **tables: Any) -> tuple[Running, Upstream]:
    """Return a gateway and an upstream that answers 201 with a Location and a cookie."""
    upstream = await lab.upstream(answering(CREATED))
    return await lab.gateway(**tables), upstream


@pytest.mark.parametrize(
    ("announced", "prefix"),
    [
        ([b"/sig"], b"/sig"),
        ([b"/sig/"], b"/sig"),
        ([b"/a", b"/b/"], b"/a/b"),
        ([b"/a, /b"], b"/a/b"),
        ([b"//evil.example"], b""),
        ([b"/a/../b"], b""),
        ([b"sig"], b""),
        ([b""], b""),
    ],
)
async def test_a_stripped_prefix_comes_back(
    lab: Lab, announced: list[bytes], prefix: bytes
) -> None:
    gateway, upstream = await created(lab, server=TRUSTED, route={"prefix": "/acs"})
    client = await lab.client(gateway)
    fields = [b"X-Forwarded-Prefix: " + each for each in announced]

    told = await client.get(b"/acs" + upstream.at("/v2/conv"), *PUBLIC, *fields)
    untold = await client.get(b"/acs" + upstream.at("/v2/conv"), *fields)

    mount = prefix + b"/acs" + upstream.at("")
    assert told.get(b"location") == b"https://gw.example.org" + mount + b"/v2/conv/7"
    assert untold.get(b"location") == mount + b"/v2/conv/7"
    # Where the browser's own default is right, the Path may be left out.
    path = (told.get(b"set-cookie") or b"").partition(b"Path=")[2]
    assert path in (mount + b"/v2", b"" if not prefix else mount + b"/v2")


@pytest.mark.parametrize("server", [{}, STRANGER], ids=["absent", "no"])
async def test_a_prefix_that_nobody_trusted_announces_is_nothing(
    lab: Lab, server: dict[str, Any]
) -> None:
    gateway, upstream = await created(lab, server=server)
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/v2/conv"), b"X-Forwarded-Prefix: /sig")
    doubled = await client.get(b"/localhost/sig" + upstream.at("/"), b"X-Forwarded-Prefix: /sig")

    assert answer.get(b"location") == upstream.at("/v2/conv/7")
    assert doubled.error == "no_route"


async def test_a_prefix_that_is_still_there_was_not_stripped(lab: Lab) -> None:
    gateway, upstream = await created(lab, server=TRUSTED, route={"prefix": "/sig"})
    client = await lab.client(gateway)

    answer = await client.get(b"/sig" + upstream.at("/v2/conv"), b"X-Forwarded-Prefix: /sig")

    assert answer.get(b"location") == b"/sig" + upstream.at("/v2/conv/7")


@pytest.mark.parametrize("key", [b"", b"/5d41402abc4b2a76"])
@pytest.mark.parametrize("doubled", [b"/gw.example.org/sig", b"//gw.example.org//sig"])
async def test_the_own_name_is_peeled_with_the_stripped_prefix(
    lab: Lab, key: bytes, doubled: bytes
) -> None:
    keys = {"keys": [key[1:].decode()]} if key else {}
    gateway, upstream = await created(lab, server=TRUSTED, route=keys)
    client = await lab.client(gateway)
    fields = (*PUBLIC, b"X-Forwarded-Prefix: /sig")

    answer = await client.get(key + doubled + key + upstream.at("/x"), *fields)

    assert answer.status == 201
    assert upstream.requests[0].target == b"/x"
    assert answer.get(b"location") == (
        b"https://gw.example.org/sig" + key + upstream.at("/v2/conv/7")
    )


async def test_another_key_behind_the_stripped_prefix_is_refused(lab: Lab) -> None:
    keys = {"keys": ["5d41402abc4b2a76"]}
    gateway, upstream = await created(lab, server=TRUSTED, route=keys)
    client = await lab.client(gateway)
    path = b"/5d41402abc4b2a76/gw.example.org/sig/another-key-of-2025" + upstream.at("/")

    answer = await client.get(path, *PUBLIC, b"X-Forwarded-Prefix: /sig")

    assert answer.error == "key_refused"
    assert upstream.peers == []


async def test_a_prefix_that_was_stripped_in_silence_is_told(lab: Lab) -> None:
    gateway, upstream = await created(lab)
    client = await lab.client(gateway)

    answer = await client.get(b"/localhost/sig" + upstream.at("/"))

    assert answer.status == 404
    for word in ("X-Forwarded-Prefix /sig;", "proxy in front", "trusted_proxies"):
        assert word in answer.json["detail"]
        assert word in (gateway.observer.ends[-1].detail or "")


async def test_a_lost_port_is_taken_from_the_proxy(lab: Lab) -> None:
    gateway, upstream = await created(lab, server=TRUSTED)
    client = await lab.client(gateway)
    fields = (b"X-Forwarded-Proto: https", b"X-Forwarded-Port: 8443")

    answer = await client.get(b"/localhost:8443" + upstream.at("/x"), *fields)

    assert answer.get(b"location") == b"https://localhost:8443" + upstream.at("/v2/conv/7")


@pytest.mark.parametrize(
    ("names", "fields", "authority"),
    [
        ([], (b"X-Forwarded-Port: 443",), b"localhost"),
        ([], (b"X-Forwarded-Port: 8443, 80",), b"localhost:8443"),
        ([], (b"X-Forwarded-Port: junk",), b"localhost"),
        (["localhost:8443"], (), b"localhost:8443"),
        (["localhost:8443", "localhost"], (b"X-Forwarded-Port: 8443",), b"localhost"),
        (["other:8443"], (), b"localhost"),
        ([], (b"X-Forwarded-Port: 1", b"X-Forwarded-Host: gw.example:8443"), b"gw.example:8443"),
    ],
)
async def test_a_location_has_the_port_that_clients_use(
    lab: Lab, names: list[str], fields: tuple[bytes, ...], authority: bytes
) -> None:
    gateway, upstream = await created(lab, server=TRUSTED | {"public_names": names})
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/x"), b"X-Forwarded-Proto: https", *fields)

    location = b"https://" + authority + upstream.at("/v2/conv/7")
    assert answer.get(b"location") == location


@SERVERS
@pytest.mark.parametrize("own", [b"localhost:8443", b"gw.example.org"])
async def test_a_lost_name_is_told(lab: Lab, server: dict[str, Any], own: bytes) -> None:
    gateway, upstream = await created(lab, server=server)
    client = await lab.client(gateway)

    answer = await client.get(b"/" + own + upstream.at("/"))

    assert (answer.status, answer.error) == (403, "target_refused")
    detail = answer.json["detail"]
    assert f'public_names = ["{own.decode()}"]' in detail
    assert "a proxy in front" in detail
    assert "proxy_set_header Host $http_host;" in detail
    assert gateway.observer.ends[-1].detail == detail
    assert upstream.peers == []


SOCKET = (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(SOCKET, id="both-lost"),
        pytest.param((b"Connection: close", *SOCKET), id="connection-close"),
        pytest.param((b"Connection: Upgrade", *SOCKET), id="upgrade-lost"),
        pytest.param((b"Upgrade: websocket", *SOCKET), id="connection-lost"),
        pytest.param((b"Upgrade: websocket", b"Connection: close", *SOCKET), id="closed"),
    ],
)
async def test_a_lost_upgrade_is_told(lab: Lab, fields: tuple[bytes, ...]) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/ws"), *fields)

    assert (answer.status, answer.error) == (426, "upgrade_required")
    assert answer.get(b"upgrade") == b"websocket"
    for word in ("proxy in front", "$http_upgrade", 'Connection "upgrade";'):
        assert word in answer.json["detail"]
    assert gateway.observer.ends[-1].detail == answer.json["detail"]
    assert upstream.peers == []


async def test_a_handshake_in_http_1_0_is_told(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    for fields in (HANDSHAKE, (b"Connection: close", *SOCKET)):
        client = await lab.client(gateway)
        lines = [b"GET %b HTTP/1.0" % upstream.at("/ws"), b"Host: localhost", *fields]
        client.send(b"\r\n".join(lines) + b"\r\n\r\n")

        answer = await client.response()

        assert (answer.status, answer.error) == (426, "upgrade_required")
        assert "proxy_http_version 1.1;" in answer.json["detail"]
    assert upstream.peers == []


KEYED = {"prefix": "/acs", "keys": ["5d41402abc4b2a76"]}


@pytest.mark.parametrize("prefix", [b"//acs", b"/acs/", b"///acs//"])
async def test_slashes_around_a_prefix_open_nothing_else(lab: Lab, prefix: bytes) -> None:
    upstream = await lab.upstream()
    root = {"targets": ["other.example.com:*"]}
    gateway = await lab.gateway(route=[root, KEYED])
    client = await lab.client(gateway)

    assert (await client.get(prefix + upstream.at("/"))).error == "key_refused"
    assert (await client.get(prefix + b"/5d41402abc4b2a77" + upstream.at("/"))).status == 403
    assert upstream.peers == []
    assert (await client.get(prefix + b"/5d41402abc4b2a76" + upstream.at("/x"))).status == 200
    assert upstream.requests[0].target == b"/x"
    assert {end.route for end in gateway.observer.ends} == {"/acs"}
