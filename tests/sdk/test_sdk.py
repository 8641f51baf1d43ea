"""The vendors' own SDKs in a browser: without a gateway, through sigproxy, through the sample.

Through sigproxy by their own setting, and with the page shim in its place.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import isolation
from tests.sdk import checks, control, lab, table
from tests.sdk.lab import Laboratory
from tests.sdk.record import Way
from tests.sdk.scenario import YES, Scenario
from tests.sdk.scenarios import SCENARIOS

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(1200), pytest.mark.asyncio(loop_scope="module")]

PLAYED = [(scenario, way) for scenario in SCENARIOS for way in scenario.ways]

every = pytest.mark.parametrize(
    ("scenario", "way"), PLAYED, ids=[f"{scenario.id}-{way}" for scenario, way in PLAYED]
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def laboratory(request: pytest.FixtureRequest) -> AsyncIterator[Laboratory]:
    """Start everything once, and all scenarios that were selected.

    In the machine's network: with nothing but loopback Chromium takes itself for offline.
    """
    with isolation.outside():
        if reason := lab.obstacle():
            pytest.skip(reason)
        async with lab.running(_selected(request.session.items)) as running:
            yield running


def _selected(items: list[pytest.Item]) -> list[Scenario]:
    """Return the scenarios of *items*; all of them for the table."""
    found = [getattr(item, "callspec", None) for item in items if item.path.samefile(__file__)]
    if None in found:
        return SCENARIOS
    ids = {spec.params["scenario"].id for spec in found if spec is not None}
    return [each for each in SCENARIOS if each.id in ids]


@every
async def test_sdk_gets_as_far_as_without_a_gateway(
    laboratory: Laboratory, scenario: Scenario, way: Way
) -> None:
    direct = await laboratory.run(scenario, Way.DIRECT)
    proxied = await laboratory.run(scenario, way)
    for run in (direct, proxied):
        cells = {step.name: step.cell(scenario, run) for step in scenario.steps}
        assert {name: cell for name, cell in cells.items() if cell != YES} == {}, run.way
    assert list(control.differences(scenario, direct, proxied)) == []


@every
async def test_each_request_reaches_its_vendor_byte_for_byte(
    laboratory: Laboratory, scenario: Scenario, way: Way
) -> None:
    run = await laboratory.run(scenario, way)
    assert list(checks.forwarding_faults(scenario, run)) == []


@every
async def test_nothing_goes_past_the_gateway(
    laboratory: Laboratory, scenario: Scenario, way: Way
) -> None:
    """With the shim, the page's policy has the browser refuse what would."""
    assert list(checks.leaks(scenario, await laboratory.run(scenario, way))) == []


async def test_the_page_has_what_was_seen(laboratory: Laboratory) -> None:
    """If not, `make sdk` writes it anew."""
    every = [await laboratory.runs(scenario) for scenario in SCENARIOS]
    assert table.recorded("sdk") == table.rows("sdk", every)
    if table.recorded("sample") != table.rows("sample", every):
        # How far an SDK comes through the sample hangs on the SDK's own timers: look twice.
        laboratory.forget(Way.SAMPLE)
        laboratory.begin(SCENARIOS)
        every = [await laboratory.runs(scenario) for scenario in SCENARIOS]
        assert table.recorded("sample") == table.rows("sample", every)
