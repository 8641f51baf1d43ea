"""What went wrong with HTTP is a sentence, without a server's bytes and without the key."""

import re

import pytest

from sigproxy.semantics.authority import Authority
from sigproxy.tools.doctor.client import websocket
from sigproxy.tools.doctor.client.address import GatewayAddress
from sigproxy.tools.doctor.client.asking import asking
from tests.lab.lab import Lab
from tests.lab.upstream import Peer

KEY = "7c211433f0207159"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"\xff\xfeSSH-2.0 " + b"\x1b[2J" * 30 + b"\r\n\r\n", "what comes back is not HTTP"),
        (b"", "the connection is closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "the answer is cut short, or not HTTP"),
    ],
)
async def test_what_a_server_sends_in_place_of_http(lab: Lab, said: bytes, sentence: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.send(said)

    server = await lab.upstream(script)
    address = GatewayAddress(Authority("localhost", server.port), key=KEY)
    async with asking(address, lab.pki.client(), None) as client:
        asked = await client.ask(address.own("ready", keyed=True))
        seen = await websocket.probe(client, address.own("echo", keyed=True))
    assert asked.detail == sentence
    shown = f"{asked.shown} {websocket.judge(seen)}"
    assert KEY not in shown
    assert re.search(r"message=|\\x|url=|localhost", shown) is None
