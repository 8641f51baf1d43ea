"""Names: looked up when needed, for as long as DNS says, and never to where nobody may go."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import aiohappyeyeballs
import pytest
from aiohappyeyeballs import AddrInfoType

from tests.lab.dns import AAAA, NXDOMAIN, REFUSED, SERVFAIL, SILENT, A, Name
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import answering
from tests.lab.wire import response, within

DEADLINE_S = 4.5  # generous, and less than the default of 5: the settings below say 0.6
IMPATIENT = {"connect_timeout_s": 0.6}
PATIENT = {"connect_timeout_s": 60}


@contextmanager
def blackhole(address: str) -> Iterator[int]:
    """Yield a port that neither accepts nor refuses: its queue is full, so SYNs are dropped."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_ttl_is_honoured(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=2)
    client = await lab.client(await lab.gateway())

    for _ in range(5):
        await client.get(upstream.at("/"))
    assert lab.dns.lookups(NAME) == 1
    await asyncio.sleep(2.1)
    await client.get(upstream.at("/"))
    assert lab.dns.lookups(NAME) == 2


async def test_a_ttl_of_0_is_asked_each_time(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=0)
    client = await lab.client(await lab.gateway())

    for _ in range(3):
        await client.get(upstream.at("/"))

    assert lab.dns.lookups(NAME) == 3


async def test_twenty_at_once_make_one_lookup(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), delay_s=0.2)
    gateway = await lab.gateway()
    clients = [await lab.client(gateway) for _ in range(20)]

    answers = await asyncio.gather(*(client.get(upstream.at("/")) for client in clients))

    assert {answer.status for answer in answers} == {200}
    assert lab.dns.lookups(NAME) == 1


async def test_one_who_leaves_does_not_end_the_lookup_of_the_others(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), delay_s=0.2)
    gateway = await lab.gateway()
    first, second = await lab.client(gateway), await lab.client(gateway)
    first.ask(upstream.at("/"))
    await asyncio.sleep(0.1)
    second.ask(upstream.at("/"))
    await asyncio.sleep(0.05)
    first.reset()

    assert (await second.response()).status == 200
    assert lab.dns.lookups(NAME) == 1


@pytest.mark.parametrize("rcode", [REFUSED, SERVFAIL, NXDOMAIN])
async def test_a_is_enough_where_aaaa_fails(lab: Lab, rcode: int) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), aaaa_rcode=rcode)
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"))).status == 200


async def test_a_is_enough_where_aaaa_stays_unanswered(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), drop=frozenset({AAAA}))
    client = await lab.client(await lab.gateway(upstream=PATIENT))

    async with within():  # well below the time limit of a lookup
        assert (await client.get(upstream.at("/"))).status == 200


async def test_aaaa_is_enough_where_a_fails(lab: Lab) -> None:
    upstream = await lab.upstream(address="::1")
    lab.dns.zone[NAME] = Name(aaaa=("::1",), a_rcode=SERVFAIL)
    gateway = await lab.gateway(upstream={"allow_networks": ["::1/128"]})
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/"))).status == 200
    assert gateway.observer.ends[-1].address == "::1"


async def test_the_next_address_is_tried_when_the_first_refuses(lab: Lab) -> None:
    upstream = await lab.upstream(address="127.0.0.1")
    lab.dns.zone[NAME] = Name(("127.0.0.3", "127.0.0.1"))
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"))).status == 200


async def test_the_next_address_is_tried_when_the_first_is_silent(lab: Lab) -> None:
    with blackhole("127.0.0.4") as port:
        upstream = await lab.upstream(address="127.0.0.1", port=port)
        lab.dns.zone[NAME] = Name(("127.0.0.4", "127.0.0.1"))
        gateway = await lab.gateway(upstream=PATIENT)
        client = await lab.client(gateway)

        async with within():  # well below the time limit of all attempts
            assert (await client.get(upstream.at("/"))).status == 200
        assert gateway.observer.ends[-1].address == "127.0.0.1"


async def test_few_of_many_addresses_are_kept_and_fewer_are_tried(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request would else be a flood of SYNs to whom a name's owner has chosen."""
    tried: list[str] = []

    async def refused(infos: list[AddrInfoType], **_: object) -> None:
        tried.extend(info[4][0] for info in infos)
        raise ConnectionRefusedError

    monkeypatch.setattr(aiohappyeyeballs, "start_connection", refused)
    many = tuple(f"127.0.1.{number}" for number in range(1, 21))
    lab.dns.zone[NAME] = Name(many, aaaa=("::1",))
    gateway = await lab.gateway(upstream={"allow_networks": ["127.0.0.0/8", "::1/128"]})
    client = await lab.client(gateway)

    assert (await client.get(b"/up.example.com:4/")).error == "connection_refused"

    assert tried == [many[0], "::1", many[1], many[2]]
    known = gateway.gateway.upstream._resolver.known(NAME)
    assert known == (*many[:8], "::1")


@pytest.mark.parametrize("addresses", [("127.0.0.3",), ("127.0.0.3", "127.0.0.5")])
async def test_nobody_listens(lab: Lab, addresses: tuple[str, ...]) -> None:
    upstream = await lab.upstream(address="127.0.0.1")
    lab.dns.zone[NAME] = Name(addresses)
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "connection_refused")


async def test_a_blackhole_is_given_up(lab: Lab) -> None:
    lab.dns.zone[NAME] = Name(("127.0.0.4",))
    client = await lab.client(await lab.gateway(upstream=IMPATIENT))
    with blackhole("127.0.0.4") as port:
        async with asyncio.timeout(DEADLINE_S):
            answer = await client.get(f"/{NAME}:{port}/".encode())

    assert (answer.status, answer.error) == (504, "connection_timeout")


async def test_a_silent_name_server_is_given_up(lab: Lab) -> None:
    lab.dns.zone[NAME] = SILENT
    client = await lab.client(await lab.gateway(upstream=IMPATIENT))

    async with asyncio.timeout(DEADLINE_S):
        answer = await client.get(f"/{NAME}/".encode())

    assert (answer.status, answer.error) == (504, "dns_timeout")
    assert b"error=dns_timeout" in (answer.get(b"proxy-status") or b"")


async def test_the_default_limits_are_five_seconds(lab: Lab) -> None:
    lab.dns.zone[NAME] = SILENT
    client = await lab.client(await lab.gateway())
    loop = asyncio.get_running_loop()

    started = loop.time()
    async with within():
        client.ask(f"/{NAME}/".encode())
        await client.reader.readuntil(b"\r\n")
    assert 3.0 < loop.time() - started < 9.5  # which is less than two times the limit


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN), 502),
        (Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL), 502),
        (Name(a_rcode=REFUSED, aaaa_rcode=REFUSED), 502),
        (Name(), 502),
    ],
    ids=["nxdomain", "servfail", "refused", "empty"],
)
async def test_a_name_without_an_address(lab: Lab, entry: Name, status: int) -> None:
    lab.dns.zone[NAME] = entry
    gateway = await lab.gateway(upstream={"connect_timeout_s": 2})
    client = await lab.client(gateway)

    answer = await client.get(f"/{NAME}/".encode())

    assert (answer.status, answer.error) == (status, "dns_error")
    assert NAME in answer.json["detail"]
    said_none = entry.a_rcode not in (SERVFAIL, REFUSED)  # a name server that fails says nothing
    assert (await gateway.observer.last()).has_no_address == said_none


async def test_an_error_is_not_remembered(lab: Lab) -> None:
    upstream = await lab.upstream(answering(response(200, b"ok")))
    client = await lab.client(await lab.gateway())
    lab.dns.zone[NAME] = Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL)
    assert (await client.get(upstream.at("/"))).status == 502

    lab.dns.zone[NAME] = Name(("127.0.0.1",))
    assert (await client.get(upstream.at("/"))).status == 200
    assert lab.dns.asked.count((NAME, A)) >= 2
