"""Faults are tried on the event loop of production."""

from tests.gateway.conftest import no_late_arrivals, pytest_asyncio_loop_factories

__all__ = ["no_late_arrivals", "pytest_asyncio_loop_factories"]
