"""A proxy in front: what it says is used where it is believed, and goes no further (page 20 of
docs/adr)."""

import json
from typing import Any

import pytest

from tests.lab.frames import echo_frames, handshake, upgraded
from tests.lab.lab import Lab
from tests.lab.logged import Log

TRUSTED = {"trusted_proxies": ["127.0.0.0/8"]}
STRANGER = {"trusted_proxies": ["192.0.2.1"]}
SERVERS = pytest.mark.parametrize("server", [{}, TRUSTED, STRANGER], ids=["absent", "yes", "no"])
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


@pytest.mark.parametrize("host", [b"sig_proxy", b"gw.example:", b"*.example"])
async def test_a_name_of_ours_that_is_none_is_laid_to_the_proxy(lab: Lab, host: bytes) -> None:
    """NGINX without `proxy_set_header Host` sends the name of its `upstream` block."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(server=TRUSTED))
    for lines in (
        b"Host: " + host,
        b"Host: gw.example\r\nX-Forwarded-Host: " + host,
        b'Host: gw.example\r\nForwarded: host="%b"' % host,
    ):
        client.send(b"GET %b HTTP/1.1\r\n%b\r\n\r\n" % (upstream.at("/x"), lines))

        answer = await client.response()

        assert (answer.status, answer.error) == (400, "bad_target")
        assert b", which names this gateway: the " in answer.body
        assert b"proxy_set_header Host $http_host;" in answer.body
    assert upstream.requests == []
