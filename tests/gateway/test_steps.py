"""How long each step toward an upstream took is told for those that were taken, failed ones too."""

from sigproxy.exchange import Exchange
from tests.lab.dns import SILENT, Name
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Peer, answering
from tests.lab.wire import response


def steps(exchange: Exchange) -> str:
    """Return the steps that *exchange* has a time for."""
    times = {"dns": exchange.dns_s, "tcp": exchange.tcp_s, "tls": exchange.tls_s}
    assert all(time is None or 0 <= time <= (exchange.ended_s or 0) for time in times.values())
    return " ".join(name for name, time in times.items() if time is not None)


async def hanging_up(peer: Peer) -> None:
    await peer.reader.read(1)


async def test_the_first_exchange_takes_all_and_the_next_ones_none(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for _ in range(3):
        await client.get(upstream.at("/"))

    assert [steps(record) for record in gateway.observer.ends] == ["dns tcp tls", "", ""]


async def test_a_pooled_connection_does_not_spare_a_lookup_that_is_due(lab: Lab) -> None:
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=0)
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for _ in range(2):
        await client.get(upstream.at("/"))

    assert [steps(record) for record in gateway.observer.ends] == ["dns tcp tls", "dns"]


async def test_the_step_that_failed_is_told(lab: Lab) -> None:
    gateway = await lab.gateway(upstream={"connect_timeout_s": 1.5})
    client = await lab.client(gateway)
    plain = await lab.upstream(hanging_up, tls=False)

    assert (await client.get(plain.at("/"))).status == 502
    assert (await client.get(f"/{NAME}:1/".encode())).status == 502
    lab.dns.zone["silent.example.com"] = SILENT
    assert (await client.get(b"/silent.example.com/")).status == 504

    assert [steps(record) for record in gateway.observer.ends] == ["dns tcp tls", "tcp", "dns"]
    assert (gateway.observer.ends[-1].dns_s or 0) >= 1.25


async def test_the_hops_of_a_redirect_are_added_up(lab: Lab) -> None:
    lab.dns.zone["slow.example.com"] = Name(("127.0.0.1",), delay_s=0.2)
    last = await lab.upstream()
    there = f"https://slow.example.com:{last.port}/".encode()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), delay_s=0.2)
    first = await lab.upstream(answering(response(307, b"", b"Location: " + there)))
    gateway = await lab.gateway()

    await (await lab.client(gateway)).get(first.at("/"))

    record = await gateway.observer.last()
    assert record.redirects == 1
    assert steps(record) == "dns tcp tls"
    assert (record.dns_s or 0) >= 0.35
