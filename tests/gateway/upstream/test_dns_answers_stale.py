"""DNS fails: what was vetted serves on for a while (RFC 8767), what was denied does not."""

import asyncio
import logging

import pytest

from sigproxy.errors import AddressRefused, DnsError, GatewayError
from sigproxy.gateway.upstream import dns_answers
from sigproxy.gateway.upstream import resolver as resolver_module
from tests.lab.dns import NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, SILENT, A, Name
from tests.lab.lab import NAME, Lab, until
from tests.lab.resolving import HOST, name_server, resolver

FAILING = {
    "silent": SILENT,
    "SERVFAIL": Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL),
    "REFUSED": Name(a_rcode=REFUSED, aaaa_rcode=REFUSED),
    "NOTIMP": Name(a_rcode=NOTIMP, aaaa_rcode=NOTIMP),
    "SERVFAIL and no AAAA": Name(a_rcode=SERVFAIL),
    "a cut CNAME": Name(a_rcode=SERVFAIL, aaaa_rcode=NXDOMAIN),
}


@pytest.mark.parametrize("entry", FAILING.values(), ids=FAILING.keys())
async def test_an_answer_serves_on_when_dns_fails(entry: Name) -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = entry
        assert await made.resolve(HOST) == ("127.0.0.1",)


async def test_an_answer_serves_on_when_the_name_server_has_gone() -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.close()
        assert await made.resolve(HOST) == ("127.0.0.1",)


@pytest.mark.parametrize(
    "entry",
    [
        Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN),
        Name(a_rcode=NXDOMAIN, aaaa_rcode=SERVFAIL),
        Name(),
        Name(aaaa_rcode=SERVFAIL),
    ],
    ids=["nxdomain", "nxdomain and servfail", "nodata", "no A, and servfail"],
)
async def test_no_is_an_answer(entry: Name) -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = entry
        with pytest.raises(DnsError):
            await made.resolve(HOST)
        dns.zone[HOST] = FAILING["SERVFAIL"]
        with pytest.raises(DnsError):  # and what was denied does not come back
            await made.resolve(HOST)


async def test_a_fresh_answer_is_vetted_and_ends_the_one_before() -> None:
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = Name(("10.0.0.1",), ttl=0)
        with pytest.raises(AddressRefused):
            await made.resolve(HOST)
        dns.zone[HOST] = FAILING["SERVFAIL"]
        with pytest.raises(DnsError):
            await made.resolve(HOST)


async def test_after_five_minutes_it_serves_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_answers, "STALE_FOR_S", 0.0)
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = FAILING["SERVFAIL"]
        with pytest.raises(GatewayError):
            await made.resolve(HOST)


async def test_only_the_first_waits_and_dns_is_not_asked_each_time() -> None:
    async with name_server() as dns, resolver(dns.address, timeout_s=60.0) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = SILENT
        async with asyncio.timeout(25):  # much less than the lookup may take
            assert await made.resolve(HOST) == ("127.0.0.1",)
        assert made.known(HOST) == ("127.0.0.1",)  # without waiting, and without asking
        assert dns.lookups(HOST) == 2


async def test_nobody_waits_when_dns_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_answers, "RECHECK_S", 0.0)
    async with name_server() as dns, resolver(dns.address, timeout_s=60.0) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = SILENT
        await made.resolve(HOST)
        monkeypatch.setattr(resolver_module, "CLIENT_RESPONSE_S", 60.0)
        async with asyncio.timeout(25):
            assert await made.resolve(HOST) == ("127.0.0.1",)


async def test_a_slow_answer_is_used_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "CLIENT_RESPONSE_S", 0.05)
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = Name(("127.0.0.2",), delay_s=0.6)
        assert await made.resolve(HOST) == ("127.0.0.1",)
        await until(lambda: made.known(HOST) == ("127.0.0.2",))


async def test_the_outage_and_its_end_are_said_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_answers, "RECHECK_S", 0.0)
    caplog.set_level(logging.WARNING, "sigproxy")
    async with name_server() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=0)
        await made.resolve(HOST)
        dns.zone[HOST] = FAILING["SERVFAIL"]
        for _ in range(3):
            await made.resolve(HOST)
            await until(lambda: not made._lookups)
        dns.zone[HOST] = Name(("127.0.0.1",))
        await made.resolve(HOST)
        await until(lambda: len(caplog.records) == 2)
    failed, mended = (record.getMessage() for record in caplog.records)
    assert f"{dns.address} answered SERVFAIL" in failed
    assert "300 s" in failed
    assert "answers again" in mended


async def test_a_vendor_is_reached_while_dns_is_silent(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=0)
    client = await lab.client(await lab.gateway())
    assert (await client.get(upstream.at("/"))).status == 200

    lab.dns.zone[NAME] = SILENT
    for _ in range(3):
        assert (await client.get(upstream.at("/"))).status == 200
    assert (NAME, A) in lab.dns.asked
