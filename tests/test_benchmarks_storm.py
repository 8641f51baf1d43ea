"""The benchmark's storm: whom it counts as refused, and what its clients remember."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks import pki, report
from benchmarks.echo import Echo
from benchmarks.figures import GET_P99_MS, REFUSED
from benchmarks.load import storm, wire
from benchmarks.load.modes import MODES
from benchmarks.load.order import Figures, Order
from benchmarks.load.storm import ASK_EVERY_S
from benchmarks.proxies import SIGPROXY

CROWD = 5


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> pki.Pki:
    return pki.create(tmp_path_factory.mktemp("pki"))


def gateway_context(keys: pki.Pki) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.proxy)
    return context


class Refusing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


@asynccontextmanager
async def gateway(
    keys: pki.Pki, context: ssl.SSLContext, protocol: Callable[[], asyncio.Protocol] = Echo
) -> AsyncIterator[wire.Dialler]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
    try:
        yield wire.Dialler(server.sockets[0].getsockname(), str(keys.ca))
    finally:
        server.close()


async def figures(mode: str, first: wire.Dialler, second: wire.Dialler) -> Figures:
    async def begin() -> None:
        pass

    return await MODES[mode](Order(first, "/", begin, 0.05, CROWD, second=second))


async def test_everybody_comes_twice(keys: pki.Pki) -> None:
    """To another gateway, which does not know the sessions of the first."""
    async with (
        gateway(keys, gateway_context(keys)) as first,
        gateway(keys, gateway_context(keys)) as second,
    ):
        seen = await figures("storm", first, second)

    assert (seen["opened_0"], seen["opened_1"]) == (CROWD, CROWD)
    assert (seen["refused_0"], seen["refused_1"]) == (0, 0)
    assert (seen["resumed_0"], seen["resumed_1"]) == (0, 0)


async def test_each_offers_the_session_that_it_had(keys: pki.Pki) -> None:
    async with gateway(keys, gateway_context(keys)) as only:
        seen = await figures("storm", only, only)

    assert (seen["resumed_0"], seen["resumed_1"]) == (0, CROWD)


async def test_who_is_sent_away_is_refused(keys: pki.Pki) -> None:
    context = gateway_context(keys)
    async with gateway(keys, context) as first, gateway(keys, context, Refusing) as second:
        seen = await figures("storm", first, second)

    assert (seen["opened_1"], seen["refused_1"]) == (0, CROWD)


async def test_one_alone_opens_one_after_the_other(keys: pki.Pki) -> None:
    async with gateway(keys, gateway_context(keys)) as only:
        seen = await figures("alone", only, only)

    assert seen["units"] >= 1
    assert 0 < seen["p50_ms"] <= seen["p99_ms"]


def test_a_long_wait_counts_for_all_who_would_have_waited() -> None:
    assert storm.waits(0.001) == [0.001]
    assert len(storm.waits(1.0)) == pytest.approx(1.0 / ASK_EVERY_S, abs=1)
    assert min(storm.waits(1.0)) >= 0


def test_a_bar_that_is_missed_is_marked() -> None:
    measured = {"storm": {SIGPROXY: {REFUSED: [3.0], GET_P99_MS: [37.0]}}}
    refused, waited = (
        line for line in report.goals(measured) if "≤ 0 |" in line or "≤ 250 |" in line
    )
    assert refused.endswith("3.00 | **not met** |")
    assert waited.endswith("37.00 | met |")
