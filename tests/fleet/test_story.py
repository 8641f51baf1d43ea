"""Gateways drained, killed and reloaded, a balancer and Redis lost, under load."""

import pytest

from tests.fleet import story, verdict
from tests.fleet.account import Event
from tests.fleet.site import Site
from tests.fleet.story import Pace

pytestmark = [pytest.mark.fleet, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.timeout(240)
async def test_nothing_that_was_acknowledged_is_lost(fleet: Site) -> None:
    seen = await story.told(fleet, Pace())
    assert verdict.wrongs(seen) == []
    assert {each.event for each in seen.happened} == set(Event) - {Event.POWER}
