"""Pages of apps, whose origins have schemes of their own: they open WebSockets where listed."""

import pytest

from tests.lab.frames import handshake, ok_or_echo
from tests.lab.lab import Lab


@pytest.mark.parametrize("origin", [b"file://", b"app://-", b"capacitor://localhost"])
async def test_an_apps_page_opens_a_websocket(lab: Lab, origin: bytes) -> None:
    upstream = await lab.upstream(ok_or_echo)
    gateway = await lab.gateway(route={"allowed_origins": [origin.decode()]})

    client = await lab.client(gateway)
    answer = await handshake(client, upstream.at("/ws"), b"Origin: " + origin)
    assert answer.status == 101
    assert answer.get(b"access-control-allow-origin") == origin

    stranger = await lab.client(gateway)
    answer = await handshake(stranger, upstream.at("/ws"), b"Origin: null")
    assert answer.status == 403
    assert len(upstream.requests) == 1
