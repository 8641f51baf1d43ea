"""0.0.0.0 and [::] at one port: both families are served, also over reloads."""

import signal
import socket
from collections.abc import Callable

import pytest

from tests.config.test_listening import free_port, needs_ipv6
from tests.lab.client import Client
from tests.service.admin import reloaded
from tests.service.process import CHECK, Service, ran

pytestmark = needs_ipv6
Make = Callable[..., Service]
ROUTE = {"targets": ["api.example.com"]}


async def status(host: str, port: int) -> int | None:
    """Return the status of /-/live there; None if nobody listens."""
    try:
        client = await Client.open(host, port)
    except ConnectionError:
        return None
    try:
        return (await client.get(b"/-/live")).status
    finally:
        client.close()


async def statuses(port: int) -> list[int | None]:
    return [await status(host, port) for host in ("127.0.0.1", "::1")]


def at(port: int, *hosts: str) -> list[str]:
    return [f"{host}:{port}" for host in hosts]


@pytest.mark.parametrize(
    ("hosts", "served"),
    [
        (("0.0.0.0", "[::]"), [200, 200]),
        (("[::]", "0.0.0.0"), [200, 200]),
        (("[::]",), [200, 200]),
        (("127.0.0.1", "[::]"), [200, 200]),
        (("127.0.0.2", "[::]"), [None, 200]),  # [::] is IPv6 alone beside an IPv4 address
        (("0.0.0.0",), [200, None]),
    ],
)
async def test_what_is_listed_is_served(
    service: Make, hosts: tuple[str, ...], served: list[int | None]
) -> None:
    port = free_port()
    running = service(server={"bind": at(port, *hosts)}, route=ROUTE)
    running.port = port

    await running.start()

    assert await statuses(port) == served


async def test_addresses_come_and_go_in_reloads(service: Make) -> None:
    """[::] alone is two sockets: that none has to be closed for the other."""
    port = free_port()
    running = service(server={"bind": at(port, "[::]")}, route=ROUTE)
    await running.start()
    assert await statuses(port) == [200, 200]

    for hosts, served in (
        (("0.0.0.0", "[::]"), [200, 200]),
        (("0.0.0.0",), [200, None]),
        (("[::]", "0.0.0.0"), [200, 200]),
        (("[::]",), [200, 200]),
    ):
        running.document["server"]["bind"] = at(port, *hosts)
        running.write()
        await reloaded(running)
        assert await statuses(port) == served, hosts
    assert "not reloaded" not in running.said


async def test_an_address_within_one_that_is_held_needs_a_restart(service: Make) -> None:
    port = free_port()
    running = service(server={"bind": at(port, "[::]")}, route=ROUTE)
    await running.start()

    running.document["server"]["bind"] = at(port, "127.0.0.1", "[::]")
    running.write()
    running.signal(signal.SIGHUP)
    await running.says("not reloaded")

    assert (
        f"server.bind: 127.0.0.1:{port} cannot be opened while this gateway listens at "
        f"0.0.0.0:{port}; restart it instead of reloading it, or keep that address"
    ) in running.said
    assert await statuses(port) == [200, 200]


async def test_check_finds_what_serve_would(service: Make) -> None:
    port = free_port()
    running = service(server={"bind": at(port, "0.0.0.0", "[::]")}, route=ROUTE)
    command = [*CHECK, str(running.config)]

    assert (await ran(command))[0] == 0
    with socket.create_server(("::1", port), family=socket.AF_INET6):
        code, _, err = await ran(command)
    assert code == 1
    assert f"server.bind: [::]:{port} is taken by another program" in err
