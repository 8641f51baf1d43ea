"""TLS with upstreams: verified, named when it fails, and with the right name asked for."""

import asyncio
import ssl
from collections.abc import Callable

import pytest

from tests.lab.dns import Name
from tests.lab.lab import NAME, Lab
from tests.lab.pki import Pki
from tests.lab.upstream import Peer, answering
from tests.lab.wire import response, within


@pytest.mark.parametrize(
    ("context", "says"),
    [
        (lambda pki: pki.self_signed(NAME), "issuer"),
        (Pki.other_name, "mismatch"),
        (lambda pki: pki.expired(NAME), "expired"),
    ],
    ids=["unknown issuer", "other name", "expired"],
)
async def test_a_bad_certificate_is_named(
    lab: Lab, context: Callable[[Pki], ssl.SSLContext], says: str
) -> None:
    upstream = await lab.upstream(context=context(lab.pki))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"), b"Authorization: Bearer secret")

    assert (answer.status, answer.error) == (502, "tls_certificate_error")
    assert says in answer.json["detail"]
    status = answer.get(b"proxy-status") or b""
    assert status.startswith(b"sigproxy; error=tls_certificate_error; details=")
    assert upstream.requests == []


@pytest.mark.parametrize("maximum", ["1.2", "1.3"])
async def test_an_issuing_authority_alone_is_an_anchor(lab: Lab, maximum: str) -> None:
    context, issuing, _ = lab.pki.issued(NAME)
    upstream = await lab.upstream(context=context)
    settings = {"ca_file": str(issuing), "tls_maximum": maximum}
    client = await lab.client(await lab.gateway(upstream=settings))

    assert (await client.get(upstream.at("/"))).status == 200


@pytest.mark.parametrize("maximum", ["1.2", "1.3"])
async def test_an_unknown_issuer_is_named_with_the_setting(lab: Lab, maximum: str) -> None:
    context, _, root = lab.pki.issued(NAME)
    upstream = await lab.upstream(context=context)
    client = await lab.client(await lab.gateway(upstream={"tls_maximum": maximum}))

    answer = await client.get(upstream.at("/"))

    assert answer.error == "tls_certificate_error"
    assert f"O={root}" in answer.json["detail"]
    assert "`upstream.ca_file`" in answer.json["detail"]


async def test_plain_http_at_the_port_is_named(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.send(response(400, b"plain", b"Connection: close"))

    upstream = await lab.upstream(script, tls=False)
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "tls_error")
    assert b"error=tls_protocol_error" in (answer.get(b"proxy-status") or b"")


async def test_an_old_version_is_refused(lab: Lab) -> None:
    upstream = await lab.upstream(context=lab.pki.old_tls(NAME))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert answer.status == 502
    # uvloop's server hangs up without the alert that it owes.
    assert answer.error in ("tls_error", "connection_terminated")
    assert upstream.requests == []


async def test_a_port_that_hangs_up_is_named(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)

    upstream = await lab.upstream(script, tls=False)
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert answer.status == 502
    assert answer.error in ("connection_terminated", "tls_error")


async def test_a_handshake_that_stalls_is_given_up(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone, tls=False)
    client = await lab.client(await lab.gateway(upstream={"tls_timeout_s": 0.3}))

    async with asyncio.timeout(9):  # less than the default
        answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (504, "connection_timeout")
    async with within():
        await upstream.peers[0].ended.wait()


@pytest.mark.parametrize("spelling", ["up.example.com", "UP.Example.COM", "up.example.com."])
async def test_sni_and_host_name_the_target(lab: Lab, spelling: str) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/", spelling))

    assert answer.status == 200
    assert upstream.peers[0].sni == NAME
    assert upstream.requests[0].get(b"host") == f"{NAME}:{upstream.port}".encode()


async def test_no_h2_is_offered(lab: Lab) -> None:
    context = lab.pki.upstream()
    context.set_alpn_protocols(["h2", "http/1.1"])
    upstream = await lab.upstream(context=context)
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"))).status == 200


@pytest.mark.parametrize(("maximum", "spoken"), [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")])
async def test_the_newest_version_is_a_setting(lab: Lab, maximum: str, spoken: str) -> None:
    versions = []

    async def script(peer: Peer) -> None:
        versions.append(peer.writer.get_extra_info("ssl_object").version())
        await answering(response(200, b"ok"))(peer)

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(upstream={"tls_maximum": maximum}))

    assert (await client.get(upstream.at("/"))).status == 200
    assert versions == [spoken]


async def test_a_certificate_is_checked_for_each_name(lab: Lab) -> None:
    """One machine serves two names, and has a certificate for one of them only."""
    lab.dns.zone["other.example.com"] = Name(("127.0.0.1",))
    context = lab.pki.self_signed("other.example.com")
    good = lab.pki.upstream()

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name == NAME:
            connection.context = good

    context.sni_callback = choose
    good.sni_callback = None  # type: ignore[assignment]
    upstream = await lab.upstream(context=context)
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/", "other.example.com"))

    assert answer.error == "tls_certificate_error"


ADDRESS = {"targets": ["127.0.0.0/8:*"]}


async def test_an_address_is_verified_against_the_name_that_the_operator_gives(lab: Lab) -> None:
    upstream = await lab.upstream()
    names = {"127.0.0.0/30": "media.vendor.example"}
    gateway = await lab.gateway(route=ADDRESS, upstream={"certificate_names": names})

    answer = await (await lab.client(gateway)).get(upstream.at("/", "127.0.0.1"))

    assert answer.status == 200
    assert upstream.peers[0].sni == "media.vendor.example"
    assert upstream.requests[0].get(b"host") == f"127.0.0.1:{upstream.port}".encode()


async def test_an_address_without_a_name_says_where_to_give_it(lab: Lab) -> None:
    upstream = await lab.upstream(context=lab.pki.other_name())

    answer = await (await lab.client(await lab.gateway(route=ADDRESS))).get(
        upstream.at("/", "127.0.0.1")
    )

    assert answer.error == "tls_certificate_error"
    assert "upstream.certificate_names" in answer.json["detail"]
