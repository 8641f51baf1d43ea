"""A proxy in front: what it says is used where it is believed, goes no further, and where it
loses something the refusal says so, with the line to add (page 20 of docs/adr)."""

import json
from typing import Any

import pytest

from tests.lab.frames import HANDSHAKE, KEY, echo_frames, handshake, upgraded
from tests.lab.lab import Lab, Running
from tests.lab.logged import Log
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import response

TRUSTED = {"trusted_proxies": ["127.0.0.0/8"]}
STRANGER = {"trusted_proxies": ["192.0.2.1"]}
SERVERS = pytest.mark.parametrize("server", [{}, TRUSTED, STRANGER], ids=["absent", "yes", "no"])
CREATED = response(201, b"ok", b"Location: /v2/conv/7", b"Set-Cookie: s=1; Path=/v2")
PUBLIC = (b"X-Forwarded-Proto: https", b"X-Forwarded-Host: gw.example.org")
FACTS = (
    *PUBLIC,
    b"X-Forwarded-Port: 8443",
    b"X-Forwarded-Prefix: /sig",
    b"X-Forwarded-Server: lb-3.internal",
    b"X-Forwarded-Access-Token: secret",
    b"Forwarded: for=10.0.0.9;host=gw.internal;proto=http",
    b"X-Original-URL: /sig/secret",
    b"X-Original-Forwarded-For: 6.6.6.6",
    b"X-Rewrite-URL: /sig/secret",
    b"X-Envoy-External-Address: 6.6.6.6",
    b"Front-End-Https: on",
    b"CF-Connecting-IP: 6.6.6.6",
    b"True-Client-IP: 6.6.6.6",
    b"X-Azure-ClientIP: 6.6.6.6",
    b"X_Forwarded_For: 6.6.6.6",
    b"X_Real_IP: 6.6.6.6",
    b"Content_Length: 5",
    b"Transfer_Encoding: chunked",
    b"Via: 1.1 lb-3",
)


@SERVERS
async def test_facts_of_the_hop_in_front_go_no_further(lab: Lab, server: dict[str, Any]) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(server=server))

    answer = await client.get(upstream.at("/"), *FACTS, b"X-SkypeToken: t", b"X_Own: 1")

    assert answer.status == 200
    names = [name for name, _ in upstream.requests[0].fields]
    assert [name.lower() for name in names] == [
        *(b"host", b"x-skypetoken", b"x_own", b"x-real-ip", b"x-forwarded-for", b"cdn-loop")
    ]


@pytest.mark.parametrize(
    ("fields", "client"),
    [
        pytest.param([b"X-Forwarded-For: 203.0.113.9"], b"203.0.113.9", id="address"),
        pytest.param([b"X-Forwarded-For: 203.0.113.9:51008"], b"203.0.113.9", id="port"),
        pytest.param([b"X-Forwarded-For: [2001:db8::7]:51008"], b"2001:db8::7", id="brackets"),
        pytest.param([b"X-Forwarded-For: fe80::7%eth0"], b"fe80::7", id="zone"),
        pytest.param([b"X-Forwarded-For: ::ffff:203.0.113.9"], b"203.0.113.9", id="mapped"),
        pytest.param([b"X-Forwarded-For: 6.6.6.6, 203.0.113.9:1"], b"203.0.113.9", id="forged"),
        pytest.param(
            [b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-For: 203.0.113.9"],
            b"203.0.113.9",
            id="lines",
        ),
        pytest.param([b"X-Forwarded-For: , 203.0.113.9,,"], b"203.0.113.9", id="empty-elements"),
        pytest.param([b'Forwarded: for="203.0.113.9:80"'], b"203.0.113.9", id="forwarded"),
    ],
)
@pytest.mark.parametrize("form", ["combined", "json"])
async def test_the_client_is_whom_the_proxy_names(
    lab: Lab, log: Log, form: str, fields: list[bytes], client: bytes
) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(observed=False, server=TRUSTED, access_log={"format": form})

    answer = await (await lab.client(gateway)).get(upstream.at("/"), *fields)
    await gateway.stop()

    assert answer.status == 200
    request = upstream.requests[0]
    assert request.get(b"x-real-ip") == client
    assert request.get(b"x-forwarded-for") == client + b", 127.0.0.1"
    line = await log.of(1)
    if form == "json":
        told = json.loads(line)
        assert (told["client"], told["peer"]) == (client.decode(), "127.0.0.1")
    else:
        assert line.startswith(f"{client.decode()} - - [")
        assert " peer=127.0.0.1 " in line


@pytest.mark.parametrize("server", [{}, STRANGER], ids=["absent", "no"])
async def test_the_client_is_the_peer_where_nobody_is_believed(
    lab: Lab, log: Log, server: dict[str, Any]
) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(observed=False, server=server)

    await (await lab.client(gateway)).get(upstream.at("/"), b"X-Forwarded-For: 6.6.6.6")
    await gateway.stop()

    assert upstream.requests[0].get(b"x-real-ip") == b"127.0.0.1"
    line = await log.of(1)
    assert line.startswith("127.0.0.1 - - [")
    assert "peer=" not in line


async def test_a_refusal_is_logged_with_its_client(lab: Lab) -> None:
    gateway = await lab.gateway(server=TRUSTED)
    client = await lab.client(gateway)

    answer = await client.get(b"/nobody.example.org/", b"X-Forwarded-For: 203.0.113.9:1")

    assert answer.error == "target_refused"
    [end] = gateway.observer.ends
    assert (end.client, end.peer) == ("203.0.113.9", "127.0.0.1")


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


async def test_a_websocket_passes_the_facts_to_nobody(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    client = await lab.client(await lab.gateway(server=TRUSTED))

    answer = await handshake(client, upstream.at("/ws"), *FACTS, b"X-Forwarded-For: 1.1.1.1")

    assert answer.status == 101
    request = upstream.requests[0]
    assert request.get(b"x-forwarded-for") == b"1.1.1.1, 127.0.0.1"
    assert request.get(b"x-real-ip") == b"1.1.1.1"
    names = {name.lower() for name, _ in request.fields}
    assert names.isdisjoint(each.partition(b":")[0].lower() for each in FACTS)


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
