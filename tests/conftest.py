"""What every test may ask for."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

from sigproxy.gateway import drain
from tests.gateway.lab import Lab, tasks, until
from tests.gateway.pki import Pki

# How long an example takes says how busy the machine is: by default 0.2 s are a failure.
settings.register_profile(
    "patient", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One certificate authority for the whole run."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
async def lab(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    """The network around a gateway; fails a test that leaves tasks behind.

    Whatever a test patches stays so until its gateways have stopped.
    """
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 0.02)  # each gateway's stop takes that long
    async with Lab(pki) as network:
        yield network
    with suppress(AssertionError):
        # Shorter than what a task may be waiting for that nobody ended: 5 s and more.
        await until(lambda: not tasks(), wait_s=4.0)
    assert not tasks()
