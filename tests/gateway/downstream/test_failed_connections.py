"""A client that never gets as far as a request leaves a record: what failed, and for whom."""

import asyncio
import ssl
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from sigproxy.exchange import Exchange
from tests.gateway.downstream.test_handshakes import hello
from tests.lab.client import Client
from tests.lab.lab import Lab, Running, until
from tests.lab.pki import Pki

Act = Callable[[Lab, Running], Awaitable[None]]


async def shake_hands(gateway: Running, context: ssl.SSLContext) -> None:
    """Fail at a handshake, as a client with *context* does."""
    with suppress(ssl.SSLError, ConnectionError):
        (await Client.open(gateway.host, gateway.port, context)).close()


async def refuse_certificate(gateway: Running, context: ssl.SSLContext, name: str) -> None:
    """Say so with an alert, as OpenSSL and browsers do; asyncio's clients leave without one."""
    came, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(came, sent, server_hostname=name)
    client = await Client.open(gateway.host, gateway.port)
    while not refused(tls):
        client.send(sent.read())
        came.write(await client.reader.read(65536))
    client.send(sent.read())
    await client.drain()
    client.close()


def refused(tls: ssl.SSLObject) -> bool:
    """Go on with a handshake; return whether it has ended, since the certificate is refused."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLCertVerificationError:
        return True
    raise AssertionError("the certificate is trusted")


async def say(gateway: Running, data: bytes) -> Client:
    client = await Client.open(gateway.host, gateway.port)
    client.send(data)
    return client


def old_client(pki: Pki) -> ssl.SSLContext:
    context = pki.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def client_of_other_ciphers(pki: Pki) -> ssl.SSLContext:
    context = pki.client()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    return context


async def trusts_nobody(lab: Lab, gateway: Running) -> None:
    await refuse_certificate(gateway, ssl.create_default_context(), "localhost")


async def finds_another_name(lab: Lab, gateway: Running) -> None:
    await refuse_certificate(gateway, lab.pki.client(), "other.example")


async def trusts_nobody_and_says_nothing(lab: Lab, gateway: Running) -> None:
    await shake_hands(gateway, ssl.create_default_context())


async def speaks_tls_1_1(lab: Lab, gateway: Running) -> None:
    await shake_hands(gateway, old_client(lab.pki))


async def has_other_ciphers(lab: Lab, gateway: Running) -> None:
    await shake_hands(gateway, client_of_other_ciphers(lab.pki))


async def leaves_in_the_middle(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, hello(lab.pki.client()))
    await client.reader.readexactly(5)
    client.close()


async def resets_in_the_middle(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, hello(lab.pki.client()))
    await client.reader.readexactly(5)
    client.reset()


async def stops_in_the_middle(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, hello(lab.pki.client()))
    await client.closed()
    client.close()


async def waits(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, b"")
    await client.closed()
    client.close()


async def speaks_ssh(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, b"SSH-2.0-OpenSSH_9.2\r\n")
    await client.closed()
    client.close()


async def sends_broken_tls(lab: Lab, gateway: Running) -> None:
    client = await say(gateway, b"\x16\x03\x01\x00\x05hello")
    await client.closed()
    client.close()


async def is_content_with_tls(lab: Lab, gateway: Running) -> None:
    (await gateway.client()).close()


async def gives_up_its_request(lab: Lab, gateway: Running) -> None:
    client = await gateway.client()
    client.send(b"GET /up.example.com/ HTTP/1.1\r\nHost: loc")
    await until(lambda: any(each._reader.in_head for each in gateway.server.connections))
    client.close()


@pytest.mark.parametrize(
    ("act", "error", "told"),
    [
        (trusts_nobody, "tls_untrusted", 'alert "unknown ca"'),
        (finds_another_name, "tls_untrusted", "it asked for other.example"),
        (speaks_tls_1_1, "tls_version", "TLS 1.1 at most"),
        (has_other_ciphers, "tls_cipher", "no shared cipher"),
        (trusts_nobody_and_says_nothing, "tls_gone", "does not say so"),
        (leaves_in_the_middle, "tls_gone", "it asked for localhost"),
        (resets_in_the_middle, "tls_gone", "it asked for localhost"),
        (stops_in_the_middle, "tls_timeout", "within 0.5 s; it asked for localhost"),
        (waits, "tls_timeout", "sent nothing for 0.5 s"),
        (speaks_ssh, "not_tls", "neither TLS nor HTTP"),
        (sends_broken_tls, "tls_failed", "unexpected message"),
        (is_content_with_tls, "no_request", "the TLS handshake succeeded"),
        (gives_up_its_request, "request_cut", "head of a request"),
    ],
)
async def test_a_failure_has_its_token(
    lab: Lab, complaints: list[object], act: Act, error: str, told: str
) -> None:
    limits = {"header_timeout_s": 0.5 if error == "tls_timeout" else 60.0}
    gateway = await lab.gateway(tls=True, limits=limits)

    await act(lab, gateway)

    failure = await failed(gateway)
    assert failure.error == error
    assert told in (failure.detail or "")
    assert (failure.peer, failure.status) == ("127.0.0.1", None)
    assert failure.ended_s is not None
    assert 0 <= failure.ended_s < 30
    await until(lambda: gateway.gateway.quota.arrivals == gateway.connections == 0)
    assert gateway.observer.ends == complaints == []


async def failed(gateway: Running) -> Exchange:
    """Return the one failure that there was."""
    await until(lambda: gateway.observer.failures)
    [failure] = gateway.observer.failures
    return failure


async def test_http_without_tls_is_told_what_this_port_speaks(lab: Lab) -> None:
    gateway = await lab.gateway(tls=True)
    client = await say(gateway, b"GET /up.example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n")

    answer = await client.response()

    assert answer.status == 400
    assert b"this port speaks TLS" in answer.body
    assert b"use https://" in answer.body
    assert (answer.get(b"content-type") or b"").startswith(b"text/plain")
    assert await client.rest() == b""
    client.close()
    failure = await failed(gateway)
    assert (failure.error, failure.status, failure.sent) == ("plain_http", 400, len(answer.body))
    assert answer.get(b"x-request-id") == failure.id.encode()


async def test_a_large_request_without_tls_gets_to_read_its_answer(lab: Lab) -> None:
    """Unread bytes would have the kernel send RST, and the answer would be lost."""
    gateway = await lab.gateway(tls=True)
    client = await say(gateway, b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + b"x" * 9999)

    for _ in range(20):
        client.send(b"x" * 10_000)
        await asyncio.sleep(0.005)

    assert (await client.response()).status == 400
    client.close()


async def test_who_connects_and_leaves_is_counted_alone(lab: Lab) -> None:
    gateway = await lab.gateway(tls=True)
    (await say(gateway, b"")).close()
    assert (await failed(gateway)).error == "no_bytes"


async def test_a_balancer_that_looks_whether_there_is_tls_is_no_failure(lab: Lab) -> None:
    gateway = await lab.gateway(tls=True, server={"trusted_proxies": ["127.0.0.1/32"]})

    await is_content_with_tls(lab, gateway)
    await trusts_nobody(lab, gateway)

    assert (await failed(gateway)).error == "tls_untrusted"


async def test_a_client_that_is_served_is_no_failure(lab: Lab) -> None:
    for tls in (True, False):
        gateway = await lab.gateway(tls=tls)
        client = await lab.client(gateway)
        assert (await client.get(b"/-/live")).status == 200
        client.close()
        silent = await lab.client(gateway)
        if tls:  # as browsers open one in advance
            await until(lambda gateway=gateway: gateway.connections == 1)
            [connection] = gateway.server.connections
            connection._made_s -= 5.0
        silent.close()
        await until(lambda gateway=gateway: gateway.connections == 0)
        assert gateway.observer.failures == []


async def test_a_handshake_that_a_stop_cuts_off(lab: Lab) -> None:
    gateway = await lab.gateway(tls=True)
    client = await say(gateway, hello(lab.pki.client()))
    await client.reader.readexactly(5)

    await gateway.stop()

    failure = await failed(gateway)
    assert failure.error == "cut_off_by_shutdown"
    client.close()


async def test_the_client_that_a_balancer_names_is_the_one_that_failed(lab: Lab) -> None:
    server = {"proxy_protocol": True, "trusted_proxies": ["127.0.0.1/32"]}
    gateway = await lab.gateway(tls=True, server=server)
    client = await say(
        gateway, b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\nGET / HTTP/1.1\r\n\r\n"
    )

    assert (await client.response()).status == 400

    assert (await failed(gateway)).peer == "192.0.2.7"
    client.close()
