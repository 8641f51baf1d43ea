"""`access_log.mask_addresses` in a gateway: requests, refusals, WebSockets, failed connections."""

import json
from typing import Any

import pytest

from tests.lab.client import Client
from tests.lab.frames import close, echo_frames, handshake, upgraded
from tests.lab.lab import Lab
from tests.lab.logged import Log
from tests.lab.pki import Pki

TRUSTED = {"trusted_proxies": ["127.0.0.0/8"]}
LIMITED = {"request_rate": "2/minute"}


@pytest.mark.parametrize("form", ["combined", "json"])
async def test_no_line_says_which_client_it_was(lab: Lab, log: Log, form: str) -> None:
    upstream = await lab.upstream()
    settings: dict[str, Any] = {"format": form, "mask_addresses": True}
    gateway = await lab.gateway(observed=False, server=TRUSTED, limits=LIMITED, access_log=settings)
    client = await lab.client(gateway)
    for address in (b"203.0.113.9", b"203.0.113.9", b"203.0.113.9", b"2001:db8:1:2::7"):
        await client.get(
            upstream.at("/"), b"X-Forwarded-For: " + address, b"User-Agent: " + address
        )
    await gateway.stop()

    lines = (await log.of(4)).splitlines()
    assert len(lines) == 4
    assert [each for each in lines if "203.0.113.9" in each or "2001:db8:1:2" in each] == []
    assert sum("too_many_requests" in each for each in lines) == 1
    assert sum("203.0.113.0" in each for each in lines) == 3
    assert "2001:db8:1::" in lines[3]


async def test_a_websocket_and_a_failed_connection(lab: Lab, log: Log, pki: Pki) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    settings = {"format": "json", "mask_addresses": True}
    gateway = await lab.gateway(observed=False, tls=True, access_log=settings)
    client = await lab.client(gateway)
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    client.send(close(1000))
    plain = await Client.open("127.0.0.1", gateway.port)
    plain.ask(b"/")
    await plain.response()
    plain.close()
    await gateway.stop()

    found = [json.loads(each) for each in (await log.of(3)).splitlines()]
    assert {each["event"] for each in found} == {"open", "close", "connect"}
    assert {each["client"] for each in found} == {"127.0.0.0"}
