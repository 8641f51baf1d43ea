"""Processes that run tests: how many, which tests, and what every test may ask for."""

import gc
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sigproxy.gateway import drain
from tests import isolation, spread
from tests.lab.lab import Lab, tasks, until
from tests.lab.pki import Pki

# How long an example takes says how busy the machine is: by default 0.2 s are a failure.
settings.register_profile(
    "patient", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
)
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return spread.processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return spread.NextPlease(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist", "no") == "no":  # this process runs tests itself
        directory = tempfile.TemporaryDirectory(prefix="sigproxy-tests-")
        config.add_cleanup(directory.cleanup)
        isolation.enter(Path(directory.name))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: spread.turn(item.nodeid))


def pytest_collection_finish() -> None:
    """Have the garbage collector pass over a million objects that stay: all tests of the suite."""
    gc.freeze()


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
