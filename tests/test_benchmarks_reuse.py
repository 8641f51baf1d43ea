"""sigproxy twice in one run, and clients that come for a few requests: what makes them differ."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import QUICK_PROXIES
from benchmarks.figures import CPU_US
from benchmarks.load import wire
from benchmarks.load.modes import MODES
from benchmarks.load.order import Order
from benchmarks.pki import Pki
from benchmarks.proxies import PROXIES, SHARED, SIGPROXY, Setting
from sigproxy.config import Settings, load


def configured(name: str, directory: Path) -> Settings:
    """Return what one of the two sigproxys is started with."""
    directory.mkdir()
    keys = Pki(*(directory / f"{each}.pem" for each in ("ca", "proxy", "upstream")))
    setting = Setting(directory, keys, "127.0.0.1:53", ("127.47.0.1", 9441), workers=1)
    return load(Path(PROXIES[name].command(setting)[-1]), {})


def test_the_two_sigproxys_differ_in_whose_upstream_connections_are(tmp_path: Path) -> None:
    first = configured(SIGPROXY, tmp_path / "client")
    second = configured(SHARED, tmp_path / "shared")
    assert (first.upstream.reuse, second.upstream.reuse) == ("client", "shared")
    assert first.upstream.reuse == Settings().upstream.reuse  # what users get who say nothing


def test_the_guard_measures_what_users_get_who_say_nothing() -> None:
    assert SIGPROXY in QUICK_PROXIES
    assert SHARED not in QUICK_PROXIES


def test_the_tables_say_what_the_two_sigproxys_are() -> None:
    measured = {"small": {SIGPROXY: {CPU_US: [9.0]}, SHARED: {CPU_US: [10.0]}}}
    facts = {name: name for name in ("python", "openssl", "load", "machine", "date")}
    shown = report.document(measured, [], facts)
    assert 'sigproxy, shared: the same with `reuse = "shared"`' in shown
    alone = report.document({"small": {SIGPROXY: {CPU_US: [9.0]}}}, [], facts)
    assert "sigproxy, shared: the same" not in alone


class Plain(wire.Dialler):
    """Dials without TLS."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    async def dial(self, protocol: Callable[[], wire.P]) -> wire.P:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(protocol, *self._address))[1]


class Counting:
    """A server that keeps the requests of each connection."""

    def __init__(self) -> None:
        self.heads: list[list[bytes]] = []
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def started(self) -> AsyncIterator[tuple[str, int]]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()
        finally:
            server.close()
            for writer in self._writers:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads: list[bytes] = []
        self.heads.append(heads)
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not heads or b"Connection: close" not in heads[-1]:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


@pytest.mark.parametrize(
    ("mode", "connections", "requests", "per_connection"),
    [
        # One visit before the word, four after it.
        ("connections", 5, 1, 1),
        ("connections", 5, 3, 3),
        ("paced_connections", 5, 1, 1),
        ("paced", 1, 1, 5),
    ],
)
async def test_clients_open_as_many_connections_as_the_scenario_says(
    mode: str, connections: int, requests: int, per_connection: int
) -> None:
    server = Counting()

    async def begin() -> None:
        pass

    async with server.started() as address:
        order = Order(Plain(address), "/", begin, 0.04, 1, count=4, rate=100.0, requests=requests)
        figures = await MODES[mode](order)
    assert [len(heads) for heads in server.heads] == [per_connection] * connections
    assert figures["units"] == 4 * requests
    assert figures["failed"] == 0
