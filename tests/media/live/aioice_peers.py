"""Two peers of aioice, an ICE agent of others: relayed over TLS, and nothing but relayed.

    python -m tests.media.live.aioice_peers     credentials as JSON on standard input

Prints as JSON where each is relayed, and what came of what was sent.
"""

import asyncio
import json
import ssl
import sys

from aioice import Connection, TransportPolicy

PACKETS = 100
TLS = ssl.create_default_context()  # of the authority in SSL_CERT_FILE


def peer(given: dict[str, str], *, controls: bool) -> Connection:
    return Connection(
        ice_controlling=controls,
        turn_server=(given["host"], 443),
        turn_username=given["username"],
        turn_password=given["credential"],
        turn_ssl=True,
        turn_transport="tcp",
        use_ipv6=False,
        transport_policy=TransportPolicy.RELAY,
    )


async def introduce(one: Connection, other: Connection) -> None:
    for candidate in other.local_candidates:
        await one.add_remote_candidate(candidate)
    await one.add_remote_candidate(None)
    one.remote_username, one.remote_password = other.local_username, other.local_password


async def main() -> None:
    given = json.load(sys.stdin)
    one, other = peer(given, controls=True), peer(given, controls=False)
    await asyncio.gather(one.gather_candidates(), other.gather_candidates())
    await introduce(one, other)
    await introduce(other, one)
    await asyncio.gather(one.connect(), other.connect())
    sent = [b"packet %d" % number for number in range(PACKETS)]
    for packet in sent:
        await one.send(packet)
        await other.send(packet)
    came = [[await each.recv() for _ in sent] for each in (other, one)]
    relayed = [[each.host, each.type] for each in one.local_candidates + other.local_candidates]
    await asyncio.gather(one.close(), other.close())
    print(json.dumps({"relayed": relayed, "whole": came == [sent, sent]}))


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 30))
