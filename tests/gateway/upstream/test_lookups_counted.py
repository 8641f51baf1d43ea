"""How lookups have ended, and which name servers did not answer: totals, for the metrics."""

from collections.abc import Mapping

import pytest

from sigproxy.errors import AddressRefused, GatewayError
from sigproxy.gateway.upstream.resolver import RESULTS
from tests.lab.dns import NXDOMAIN, SERVFAIL, SILENT, Name
from tests.lab.resolving import HOST, closed_port, name_server, resolver

FAILING = Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL)


def counted(totals: Mapping[str, int]) -> dict[str, int]:
    return {result: count for result, count in totals.items() if count}


@pytest.mark.parametrize(
    ("entry", "result"),
    [
        (Name(("127.0.0.1",)), "answered"),
        (Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN), "no_address"),
        (Name(), "no_address"),
        (Name(("10.0.0.1",)), "refused"),
        (FAILING, "failed"),
    ],
    ids=["answered", "no such name", "no address", "a private address", "SERVFAIL"],
)
async def test_each_lookup_has_one_result(entry: Name, result: str) -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        assert made.ended == dict.fromkeys(RESULTS, 0)
        dns.zone[HOST] = entry
        try:
            await made.resolve(HOST)
        except (GatewayError, AddressRefused):
            assert result != "answered"
        assert counted(made.ended) == {result: 1}


async def test_a_stale_answer_is_a_result_of_its_own() -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = FAILING
        await made.resolve(HOST)
        assert counted(made.ended) == {"answered": 1, "stale": 1}


async def test_what_is_known_is_no_lookup() -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        for _ in range(3):
            await made.resolve(HOST)
        await made.resolve("127.0.0.1")
        assert counted(made.ended) == {"answered": 1}


async def test_a_server_that_fails_shows_although_another_answers() -> None:
    gone = closed_port()
    async with name_server() as dns, resolver(gone, dns.address) as made:
        assert made.unanswered == {gone: 0, dns.address: 0}
        await made.resolve(HOST)
        assert made.unanswered[gone] >= 1  # A or AAAA; the second may already be asked elsewhere
        assert made.unanswered[dns.address] == 0


async def test_servers_that_all_fail_show() -> None:
    async with name_server() as dns, name_server("127.0.0.2") as other:
        dns.zone[HOST] = FAILING
        other.zone[HOST] = SILENT
        async with resolver(dns.address, other.address, timeout_s=0.6) as made:
            with pytest.raises(GatewayError):
                await made.resolve(HOST)
            assert min(made.unanswered.values()) >= 1
