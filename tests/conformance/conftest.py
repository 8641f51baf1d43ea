"""One gateway for all suites, and what a machine may lack for some of them."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.conformance import network, tools
from tests.conformance.network import SIGPROXY, Gateway, Network
from tests.gateway.conftest import PRODUCTION, LoopFactory


def pytest_asyncio_loop_factories() -> Mapping[str, LoopFactory]:
    return PRODUCTION


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Network]:
    _skip_if(network.obstacle)
    with network.started(SIGPROXY) as running:
        yield running


@pytest.fixture(scope="session")
def gateway(laboratory: Network) -> Gateway:
    return laboratory.gateways[SIGPROXY]


@pytest.fixture(scope="session")
def libraries(laboratory: Network) -> Iterator[None]:
    """Servers of npm's ws and socket.io behind the gateway."""
    _skip_if(tools.missing_libraries)
    with network.libraries(laboratory):
        yield


@pytest.fixture
def autobahn(libraries: None) -> None:
    _skip_if(tools.missing_autobahn)


@pytest.fixture
def sslyze() -> None:
    _skip_if(tools.missing_sslyze)


@pytest.fixture
def slowhttptest() -> None:
    _skip_if(tools.missing_slowhttptest)


def _skip_if(missing: Callable[[], str | None]) -> None:
    if reason := missing():
        pytest.skip(reason)
