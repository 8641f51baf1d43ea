"""The shared port adds no steps of delay to what coturn's own TLS port takes."""

from pathlib import Path
from statistics import median

import pytest

from tests.media.live import round_trips
from tests.media.live.networks import BALANCED
from tests.media.live.site import Site

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

BURSTS = 100
# Where coturn waits for acknowledgements, a packet in the middle waits for some 20 ms. The figure
# itself is `python -m benchmarks.turn`'s.
DELAYED_MS = 10.0


async def test_the_shared_port_holds_no_packet_back(site: Site, tmp_path: Path) -> None:
    async with (
        round_trips.echoing(site.networks.clients[1]) as peer,
        round_trips.direct(site, tmp_path),
    ):
        ways = {
            "shared": await round_trips.allocated(await site.turn(), peer),
            "direct": await round_trips.allocated(
                await site.turn(address=BALANCED, port=round_trips.TLS_PORT), peer
            ),
        }
        took = await round_trips.measured(ways, peer, BURSTS)
    print({name: median(each) for name, each in took.items()})
    assert [len(each) for each in took.values()] == [BURSTS * round_trips.BURST] * 2
    assert median(took["shared"]) < median(took["direct"]) + DELAYED_MS
