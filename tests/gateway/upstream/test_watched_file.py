"""/etc/hosts and /etc/resolv.conf, at paths of the test's own: used, followed, and doubted."""

import asyncio
import os
from pathlib import Path

import pytest

from sigproxy.assembly import gateway
from sigproxy.errors import AddressRefused
from sigproxy.gateway.upstream import resolver as resolver_module
from sigproxy.gateway.upstream import watched_file
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.gateway.upstream.watched_file import WatchedFile
from tests.lab.dns import SILENT, Name
from tests.lab.lab import Lab, until
from tests.lab.resolving import HOST, name_server, resolver


@pytest.fixture(autouse=True)
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_file, "POLL_EVERY_S", 0.0)
    monkeypatch.setattr(resolver_module, "POLL_EVERY_S", 0.1)


def replace(path: Path, text: str) -> None:
    """Write as tools do that care: a new file takes the place of the old one at once."""
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


async def test_the_hosts_file_comes_before_dns(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"::1 UP.example.com\n127.0.0.9 x {HOST}. # pinned\n")
    async with name_server() as dns, resolver(dns.address, hosts=hosts) as made:
        assert await made.resolve(HOST) == ("127.0.0.9", "::1")
        assert made.known(HOST) == ("127.0.0.9", "::1")
        assert dns.asked == []


async def test_a_changed_hosts_file_is_used(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    async with name_server() as dns, resolver(dns.address, hosts=hosts) as made:
        assert await made.resolve(HOST) == ("127.0.0.1",)
        hosts.write_text(f"127.0.0.8 {HOST}\n")
        assert await made.resolve(HOST) == ("127.0.0.8",)
        hosts.write_text(f"127.0.0.7 {HOST}\n")  # as long, and perhaps in the same tick
        assert await made.resolve(HOST) == ("127.0.0.7",)
        replace(hosts, f"127.0.0.6 {HOST}\n")
        assert await made.resolve(HOST) == ("127.0.0.6",)
        hosts.unlink()
        assert await made.resolve(HOST) == ("127.0.0.1",)


@pytest.mark.parametrize("address", ["10.0.0.5", "169.254.169.254", "fd00::1", "::ffff:10.0.0.1"])
async def test_an_address_of_the_hosts_file_is_vetted(tmp_path: Path, address: str) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 {HOST}\n{address} {HOST}\n")
    async with name_server() as dns, resolver(dns.address, hosts=hosts) as made:
        for _ in range(2):
            with pytest.raises(AddressRefused) as error:
                await made.resolve(HOST)
            assert f"(from {hosts})" in error.value.detail
            assert "`upstream.allow_networks`" in error.value.detail
        assert made.known(HOST) is None


async def test_a_gateway_uses_the_hosts_file(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 pinned.example.com\n")
    monkeypatch.setattr(gateway, "Resolver", lambda *parts: Resolver(*parts, hosts=hosts))
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/", "pinned.example.com"))).status == 200
    assert lab.dns.asked == []


async def test_a_changed_resolv_conf_is_used(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    async with name_server() as old, name_server() as new:
        path.write_text(f"nameserver {old.address}\n")
        for dns in (old, new):
            dns.zone |= {f"{each}.example.com": Name(("127.0.0.1",)) for each in "abcde"}
        async with resolver(resolv_conf=path) as made:
            await made.resolve("a.example.com")
            replace(path, f"search example\nnameserver {new.address}\n")
            await made.resolve("b.example.com")
            assert (old.lookups("b.example.com"), new.lookups("b.example.com")) == (0, 1)

            for text in ("", "# nothing\n", "nameserver x\n", "\x00\xff\n"):
                path.write_text(text)
                await made.resolve(f"{'cdex'[len(text) % 3]}.example.com")
            path.unlink()
            new.zone["last.example.com"] = Name(("127.0.0.1",))
            await made.resolve("last.example.com")
            assert new.lookups("last.example.com") == 1

            path.write_text(f"nameserver {old.address}\n")
            old.zone["back.example.com"] = Name(("127.0.0.1",))
            await made.resolve("back.example.com")
            assert old.lookups("back.example.com") == 1


async def test_resolv_conf_does_not_matter_where_servers_are_configured(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    async with name_server() as configured, name_server() as other:
        path.write_text(f"nameserver {other.address}\n")
        async with resolver(configured.address, resolv_conf=path) as made:
            await made.resolve(HOST)
        assert (configured.lookups(HOST), other.asked) == (1, [])


async def test_a_lookup_under_way_is_answered_by_the_old_server(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    async with name_server() as old, name_server() as new:
        path.write_text(f"nameserver {old.address}\n")
        old.zone[HOST] = Name(("127.0.0.3",), delay_s=0.5)
        new.zone[HOST] = SILENT
        new.zone["a.example.com"] = Name(("127.0.0.1",))
        async with resolver(resolv_conf=path, timeout_s=1.5) as made:
            slow = asyncio.create_task(made.resolve(HOST))
            await until(lambda: old.asked)
            replace(path, f"nameserver {new.address}\n")
            await made.resolve("a.example.com")
            assert await slow == ("127.0.0.3",)


async def test_a_lookup_under_way_with_a_dead_server_is_answered_by_the_new_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "resolv.conf"
    async with name_server() as old, name_server() as new:
        path.write_text(f"nameserver {old.address}\n")
        old.zone[HOST] = SILENT
        async with resolver(resolv_conf=path, timeout_s=60.0) as made:
            waiting = asyncio.create_task(made.resolve(HOST))
            await until(lambda: old.asked)
            replace(path, f"nameserver {new.address}\n")
            async with asyncio.timeout(25):
                assert await waiting == ("127.0.0.1",)


def test_a_fifo_is_not_opened_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "hosts"
    os.mkfifo(path)
    file = WatchedFile(path, str.split, ["before"])
    assert [file.poll(now_s) for now_s in (0.0, 2.0)] == [False, False]
    assert file.value == ["before"]
    assert [str(path) in record.getMessage() for record in caplog.records] == [True]


def test_a_file_is_looked_at_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_file, "POLL_EVERY_S", 1.0)
    path = tmp_path / "file"
    path.write_text("one")
    file = WatchedFile(path, str.split, [""])
    assert file.poll(0.0)
    path.write_text("two")
    assert not file.poll(0.9)
    assert file.poll(1.0)
    assert file.value == ["two"]
