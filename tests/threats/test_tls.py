"""TLS on both sides: nobody is believed without a certificate, and nothing old is spoken."""

import ssl
import warnings

import pytest
from aiohttp import web

from tests.lab.client import Client
from tests.lab.lab import NAME, Lab
from tests.lab.pki import Pki


async def test_23_upstream_tls(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())

    for context in (lab.pki.self_signed(NAME), lab.pki.other_name(), lab.pki.expired(NAME)):
        upstream = await lab.upstream(context=context)
        answer = await client.get(upstream.at("/"), b"Authorization: Bearer secret")
        assert (answer.status, answer.error) == (502, "tls_certificate_error")
        assert upstream.requests == []


def speaking(pki: Pki, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return the context of a client that speaks *version* alone, however old."""
    context = pki.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


async def test_24_downstream_tls(lab: Lab) -> None:
    gateway = await lab.gateway(tls=True)
    context = gateway.runner.contexts.listener
    site = web.TCPSite(gateway.runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = int(gateway.runner.addresses[-1][1])

    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        client = await Client.open("127.0.0.1", port, speaking(lab.pki, version))
        assert (await client.get(b"/-/live")).status == 200
        client.close()
    old = speaking(lab.pki, ssl.TLSVersion.TLSv1_1)
    lax = await lab.upstream(context=lab.pki.old_tls("localhost"))
    (await Client.open("127.0.0.1", lax.port, old)).close()  # it can be spoken, elsewhere
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await Client.open("127.0.0.1", port, old)
