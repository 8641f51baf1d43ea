"""coturn with the configuration that the gateway prints: who may relay, and to whom.

Everything goes over TLS through the gateway's port 443, as it does from a closed network.
"""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from tests.lab.wire import within
from tests.media.live.coturn import NEXT_SECRET, REALM, SECRET, Coturn, without
from tests.media.live.networks import GATEWAY
from tests.media.live.site import KEY, Site, in_its_place
from tests.media.live.turn_client import FAMILY, IPV6, TurnClient, credential

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

UNAUTHORIZED, FORBIDDEN, NO_SUCH_FAMILY, OTHER_FAMILY = 401, 403, 440, 443  # RFC 8656, 18
# Both ends of each network, by hand: what the gateway's own table says is not asked.
# coturn would refuse these without being told: itself, groups, and what is no address at all.
ANYHOW = (
    *("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.255.255.255", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.0", "255.255.255.254", "255.255.255.255"),
)
INSIDE = (
    *("10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255"),
    *("169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255"),
    *("192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255"),
    *("192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255"),
    *("198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255"),
)
# What lies beside them is somebody's.
BESIDE = (
    *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0"),
    *("198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.114.0", "223.255.255.255"),
)
# 127.0.0.1, 10.1.2.3 and their like in other spellings (CVE-2026-27624), and IPv6's own.
IN_IPV6 = (
    *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254"),
    *("64:ff9b::7f00:1", "2002:7f00:1::1", "fd00::1", "fe80::1", "ff02::1", "2606:4700::1"),
)


async def allocated(site: Site, secret: str = SECRET) -> TurnClient:
    client = await site.turn()
    assert await client.allocate(*credential(secret)) == 0
    return client


async def codes(client: TurnClient, addresses: tuple[str, ...]) -> dict[str, int]:
    return {each: await client.permission(each) for each in addresses}


async def test_it_starts_without_a_warning(site: Site) -> None:
    await site.coturn.kill()  # so that none of its lines is about an earlier test's client
    await site.coturn.start()
    await allocated(site)
    assert REALM in site.coturn.said
    assert site.coturn.trouble == []


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET], ids=["signs now", "on its way in or out"])
async def test_each_secret_of_the_file_is_taken(site: Site, secret: str) -> None:
    assert (await allocated(site, secret)).relayed[0] == GATEWAY


@pytest.mark.parametrize(
    "shown",
    [credential(SECRET, -5), credential("0" * 64), (credential(SECRET)[0], "password"), ("a", "b")],
    ids=["expired", "another secret", "a wrong password", "made up"],
)
async def test_no_other_credential_is(site: Site, shown: tuple[str, str]) -> None:
    client = await site.turn()
    assert await client.allocate(*shown) == UNAUTHORIZED


async def test_the_gateways_answer_is_a_credential(site: Site) -> None:
    client = await site.http()
    answer = await client.get(f"/-/ice/{KEY}?sdk=webrtc&mode=tls".encode())
    client.close()
    [server] = [each for each in json.loads(answer.body)["iceServers"] if "username" in each]
    assert server["urls"] == ["turns:gateway.example:443?transport=tcp"]
    turn = await site.turn()
    assert await turn.allocate(server["username"], server["credential"]) == 0

    before = len(site.lines("event=turn"))
    turn.close()
    await site.logged("event=turn", times=before + 1)
    for secret in (KEY, server["username"].partition(":")[2], server["credential"]):
        assert secret not in site.gateway.logged + site.gateway.said


async def test_nobody_inside_is_relayed_to(site: Site) -> None:
    found = await codes(await allocated(site), ANYHOW + INSIDE)
    assert {each: code for each, code in found.items() if code != FORBIDDEN} == {}


async def test_what_is_somebodys_is_not_refused(site: Site) -> None:
    found = await codes(await allocated(site), BESIDE)
    assert {each: code for each, code in found.items() if code} == {}


async def test_no_peer_can_be_named_in_ipv6(site: Site) -> None:
    client = await allocated(site)
    found = await codes(client, IN_IPV6)
    assert {each: code for each, code in found.items() if code != OTHER_FAMILY} == {}
    other = await site.turn()
    assert await other.allocate(*credential(SECRET), (FAMILY, IPV6)) == NO_SUCH_FAMILY


async def test_media_reaches_a_public_peer_and_comes_back(site: Site) -> None:
    client = await allocated(site)
    peer = site.networks.clients[1]
    with peer.bound(socket.SOCK_DGRAM, peer.address, 5004) as listener:
        assert await client.permission(peer.address) == 0
        await client.relay((peer.address, 5004), b"to a public peer")
        data, source = await received(listener)
        assert (data, source) == (b"to a public peer", client.relayed)
        listener.sendto(b"and back", source)
        assert await client.relayed_to_us() == ((peer.address, 5004), b"and back")


async def test_two_who_are_relayed_reach_each_other(site: Site) -> None:
    one, other = await allocated(site), await allocated(site)
    assert [await each.permission(GATEWAY) for each in (one, other)] == [0, 0]
    await one.relay(other.relayed, b"over the server's own address")
    assert await other.relayed_to_us() == (one.relayed, b"over the server's own address")


async def received(listener: socket.socket) -> tuple[bytes, tuple[str, int]]:
    async with within():
        return await asyncio.get_running_loop().sock_recvfrom(listener, 2048)


async def test_without_its_lines_all_of_it_would_be_reached(site: Site, tmp_path: Path) -> None:
    """So the refusals above are those lines' doing."""
    careless = Coturn(tmp_path, site.networks.server, without(site.printed, "denied-peer-ip"))
    async with in_its_place(site, careless):
        found = await codes(await allocated(site), INSIDE)
    assert {each: code for each, code in found.items() if code} == {}
