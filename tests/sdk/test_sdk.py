"""The vendors' own SDKs in a browser: without a gateway, through sigproxy, through the sample."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import isolation
from tests.sdk import checks, control, lab, table
from tests.sdk.lab import Laboratory
from tests.sdk.networks import SAMPLE
from tests.sdk.scenario import YES, Scenario
from tests.sdk.scenarios import SCENARIOS

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

every = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def laboratory(request: pytest.FixtureRequest) -> AsyncIterator[Laboratory]:
    """Start everything once, and all scenarios that were selected.

    In the machine's network: with nothing but loopback Chromium takes itself for offline.
    """
    if reason := lab.obstacle():
        pytest.skip(reason)
    selected = {item.name.partition("[")[2].rstrip("]") for item in request.session.items}
    chosen = [each for each in SCENARIOS if each.id in selected]
    with isolation.outside():
        async with lab.running(chosen) as running:
            yield running


@every
async def test_sdk_gets_as_far_as_without_a_gateway(
    laboratory: Laboratory, scenario: Scenario
) -> None:
    runs = await laboratory.runs(scenario)
    cells = runs.cells()
    assert {name: direct for name, direct, _, _ in cells if direct != YES} == {}
    assert {name: cell for name, _, _, cell in cells if cell != YES} == {}
    assert list(control.differences(runs.direct, runs.sigproxy)) == []


@every
async def test_each_request_reaches_its_vendor_byte_for_byte(
    laboratory: Laboratory, scenario: Scenario
) -> None:
    runs = await laboratory.runs(scenario)
    assert list(checks.forwarding_faults(scenario, runs.sigproxy)) == []


@every
async def test_nothing_goes_past_the_gateway(laboratory: Laboratory, scenario: Scenario) -> None:
    runs = await laboratory.runs(scenario)
    assert list(checks.leaks(scenario, runs.sigproxy)) == []


async def test_the_readme_has_what_was_seen(laboratory: Laboratory) -> None:
    """If not, `make sdk` writes it anew."""
    seen = table.rows([await laboratory.runs(scenario) for scenario in SCENARIOS])
    if table.recorded() != list(seen):
        # How far an SDK comes through the sample hangs on the SDK's own timers: look twice.
        laboratory.forget(SAMPLE)
        seen = table.rows([await laboratory.runs(scenario) for scenario in SCENARIOS])
        assert table.recorded() == list(seen)
