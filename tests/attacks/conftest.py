"""The attackers' event loop is production's, as in tests/gateway."""

from collections.abc import Mapping

from tests.gateway.conftest import PRODUCTION, LoopFactory


def pytest_asyncio_loop_factories() -> Mapping[str, LoopFactory]:
    return PRODUCTION
