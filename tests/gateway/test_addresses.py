"""What DNS may not make us do: reach into the operator's own network (ADR 4)."""

import pytest

from tests.lab.dns import Name
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Upstream
from tests.lab.wire import Response

PUBLIC = {"allow_networks": ["127.0.0.0/30"]}  # 127.0.0.1 to .3 stand for the public internet


def is_refused(answer: Response) -> bool:
    return (answer.status, answer.error) == (403, "address_refused")


async def spy(lab: Lab, address: str = "127.0.0.9") -> Upstream:
    """Return an upstream at an address that must never be dialled."""
    return await lab.upstream(address=address)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.9",),
        ("10.0.0.1",),
        ("172.16.0.1",),
        ("192.168.1.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("100.100.100.200",),
        ("168.63.129.16",),
        ("0.0.0.0",),
        ("192.0.0.170",),
        ("198.18.0.1",),
        ("224.0.0.1",),
        ("255.255.255.255",),
    ],
)
async def test_a_private_address_is_refused(lab: Lab, addresses: tuple[str, ...]) -> None:
    lab.dns.zone[NAME] = Name(addresses)
    watched = await spy(lab)
    client = await lab.client(await lab.gateway(upstream=PUBLIC))

    answer = await client.get(watched.at("/"))

    assert is_refused(answer)
    assert b"error=destination_ip_prohibited" in (answer.get(b"proxy-status") or b"")
    assert watched.peers == []


@pytest.mark.parametrize(
    "address",
    [
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.9",
        "::127.0.0.9",
        "64:ff9b::7f00:9",
        "2002:7f00:9::1",
        "2001:0:7f00:9::1",
        "ff02::1",
    ],
)
async def test_an_ipv6_way_to_a_private_address_is_refused(lab: Lab, address: str) -> None:
    lab.dns.zone[NAME] = Name(aaaa=(address,))
    watched = await spy(lab)
    client = await lab.client(await lab.gateway(upstream=PUBLIC))

    assert is_refused(await client.get(watched.at("/")))
    assert watched.peers == []


@pytest.mark.parametrize(
    "entry",
    [
        Name(("127.0.0.1", "127.0.0.9")),
        Name(("127.0.0.9", "127.0.0.1")),
        Name(("127.0.0.1",), aaaa=("::ffff:127.0.0.9",)),
    ],
    ids=["last", "first", "other family"],
)
async def test_one_bad_address_refuses_the_name(lab: Lab, entry: Name) -> None:
    lab.dns.zone[NAME] = entry
    good = await lab.upstream()
    client = await lab.client(await lab.gateway(upstream=PUBLIC))

    assert is_refused(await client.get(good.at("/")))
    assert good.peers == []


async def test_a_name_that_is_rebound_reaches_nothing_private(lab: Lab) -> None:
    """The address that was vetted is the one that is dialled; a new one is vetted anew."""
    good = await lab.upstream()
    bad = await lab.upstream(address="127.0.0.9", port=good.port)
    client = await lab.client(await lab.gateway(upstream=PUBLIC))
    statuses = []
    for turn in range(20):
        lab.dns.zone[NAME] = Name(("127.0.0.9" if turn % 2 else "127.0.0.1",), ttl=0)
        statuses.append((await client.get(good.at("/"))).status)

    assert statuses == [200, 403] * 10
    assert bad.peers == []


async def test_a_kept_connection_does_not_outlive_the_verdict(lab: Lab) -> None:
    good = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=0)
    client = await lab.client(await lab.gateway(upstream=PUBLIC))
    assert (await client.get(good.at("/"))).status == 200

    lab.dns.zone[NAME] = Name(("10.0.0.1",), ttl=0)
    assert is_refused(await client.get(good.at("/")))


async def test_an_address_literal_is_vetted_too(lab: Lab) -> None:
    watched = await spy(lab)
    gateway = await lab.gateway(upstream=PUBLIC, route={"targets": ["127.0.0.9:*", "[::1]:*"]})
    client = await lab.client(gateway)

    for literal in ("127.0.0.9", "[::1]"):
        assert is_refused(await client.get(watched.at("/", literal)))
    assert (watched.peers, lab.dns.asked) == ([], [])
