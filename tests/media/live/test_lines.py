"""Lines of the configuration that the gateway prints: what coturn does with each, and without."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.media.live.coturn import REALM, SECRET, Coturn, without
from tests.media.live.networks import GATEWAY
from tests.media.live.site import Site, in_its_place, printed_conf
from tests.media.live.turn_client import ALLOCATE, TRANSPORT, UDP, credential, message

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

QUOTA, OVER_QUOTA = 48, 486
FORBIDDEN = 403
TCP = b"\x06\0\0\0"  # RFC 6062
SEVERAL = 8
VENDOR, OTHER = "20.202.1.1", "20.203.1.1"  # peers that are only named

Check = Callable[[Site, Coturn], Awaitable[bool]]


async def media_leaves_from_the_public_address(site: Site, coturn: Coturn) -> bool:
    """Without the line coturn takes one of its listening-ip for each allocation."""
    clients = [await site.turn() for _ in range(SEVERAL)]
    for client in clients:
        assert await client.allocate(*credential(SECRET)) == 0
    return {client.relayed[0] for client in clients} == {GATEWAY}


async def nobody_relays_without_a_credential(site: Site, coturn: Coturn) -> bool:
    client = await site.turn()
    return (await client.ask(message(ALLOCATE, (TRANSPORT, UDP)))).code != 0


async def the_realm_is_ours(site: Site, coturn: Coturn) -> bool:
    client = await site.turn()
    await client.allocate(*credential(SECRET))
    return client.realm == REALM


async def nobody_gets_a_tcp_relay(site: Site, coturn: Coturn) -> bool:
    client = await site.turn()
    return await client.allocate(*credential(SECRET), transport=TCP) != 0


async def a_credential_is_bounded(site: Site, coturn: Coturn) -> bool:
    shown = credential(SECRET)
    clients = [await site.turn() for _ in range(QUOTA + 1)]
    codes = sorted(await asyncio.gather(*(client.allocate(*shown) for client in clients)))
    return codes == [0] * QUOTA + [OVER_QUOTA]


async def it_warns_of_nothing(site: Site, coturn: Coturn) -> bool:
    client = await site.turn()
    assert await client.allocate(*credential(SECRET)) == 0
    return coturn.trouble == []


LINES: list[tuple[tuple[str, ...], Check]] = [
    (("relay-ip",), media_leaves_from_the_public_address),
    # Either of them is enough to ask for credentials.
    (("use-auth-secret", "static-auth-secret"), nobody_relays_without_a_credential),
    (("realm",), the_realm_is_ours),
    (("no-tcp-relay",), nobody_gets_a_tcp_relay),
    (("user-quota",), a_credential_is_bounded),
    (("no-tls",), it_warns_of_nothing),
    (("no-dtls",), it_warns_of_nothing),
    (("no-cli",), it_warns_of_nothing),
]


@pytest.mark.parametrize(("keys", "check"), LINES, ids=[keys[0] for keys, _ in LINES])
async def test_a_line_does_what_nothing_else_does(
    site: Site, keys: tuple[str, ...], check: Check, tmp_path: Path
) -> None:
    whole = Coturn(tmp_path, site.networks.server, site.printed)
    async with in_its_place(site, whole):
        assert await check(site, whole)
    lacking = Coturn(tmp_path, site.networks.server, without(site.printed, *keys))
    async with in_its_place(site, lacking):
        assert not await check(site, lacking)


async def test_for_a_vendor_alone_it_relays_to_nobody_else(site: Site, tmp_path: Path) -> None:
    """`policy = "sfu"`: the vendor's media servers, and this server for calls between two."""
    printed = await printed_conf(site.gateway, "--policy", "sfu")
    async with in_its_place(site, Coturn(tmp_path, site.networks.server, printed)):
        client = await site.turn()
        assert await client.allocate(*credential(SECRET)) == 0
        found = [await client.permission(each) for each in (VENDOR, GATEWAY, OTHER, "10.0.0.1")]
        assert found == [0, 0, FORBIDDEN, FORBIDDEN]
