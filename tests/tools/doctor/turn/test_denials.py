"""What our own TURN server must refuse, and what is said when it does not."""

from collections.abc import AsyncIterator

import pytest

from sigproxy.tools.doctor.turn import denials, exposure
from sigproxy.tools.doctor.turn.denials import INSIDE, DenialsSeen
from sigproxy.tools.doctor.turn.exposure import ExposureSeen
from tests.lab.turn_relay import SECRET, Manner, Relay
from tests.tools.doctor.turn.test_relaying import turn, way

IPV4 = tuple(each for each in INSIDE if ":" not in each)
NEXT = "fedcba9876543210" * 4


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    made = Relay(Manner(refused=IPV4))
    await made.start()
    yield made
    await made.close()


async def told(relay: Relay, *secrets: str) -> dict[str, str]:
    seen = await denials.probe(way(relay.port, "tcp"), turn(relay, *secrets))
    return {each.name: each.token for each in denials.judge(seen)}


async def test_one_that_refuses_all_of_it(relay: Relay) -> None:
    assert await told(relay) == dict.fromkeys(
        ("turn strangers", "turn credentials", "turn peers"), "ok"
    )


async def test_one_that_lets_somebody_in(relay: Relay) -> None:
    relay.manner.refused = IPV4[1:]
    seen = await denials.probe(way(relay.port), turn(relay))
    assert seen.reachable == ("127.0.0.1",)
    relay.manner.checks_time = False
    assert (await told(relay))["turn credentials"] == "turn_expired_taken"
    relay.manner.asks = False
    assert await told(relay) == {"turn strangers": "turn_open_relay"}


async def test_each_secret_of_the_file_has_to_be_known(relay: Relay) -> None:
    assert (await told(relay, SECRET, NEXT))["turn credentials"] == "turn_secret_unknown"
    relay.manner.secrets = (SECRET, NEXT)
    assert (await told(relay, SECRET, NEXT))["turn credentials"] == "ok"


async def test_one_that_takes_any_secret(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relay, "_is_known", lambda self, data, message: 6 in message.attributes)
    found = await denials.probe(way(relay.port), turn(relay))
    assert (found.wrong, found.expired) == (True, True)
    tokens = [each.token for each in denials.judge(found)]
    assert "turn_wrong_secret_taken" in tokens


async def test_one_that_goes_away_meanwhile(relay: Relay) -> None:
    relay.manner.error = 500
    found = await told(relay)
    assert found == {"turn peers": "turn_untested"}


def test_what_cannot_be_tried_is_not_said_to_be_well() -> None:
    [found] = denials.judge(DenialsSeen(why="it does not answer"))
    assert (found.level, found.token) == ("warn", "turn_untested")


def test_a_port_that_others_reach() -> None:
    found = exposure.judge(ExposureSeen(3479, ("192.0.2.5",), ("192.0.2.5",)))
    assert (found.level, found.token) == ("warn", "proxy_port_open")
    assert "nft add rule" in found.remedy
    found = exposure.judge(ExposureSeen(3479, ("192.0.2.5",), ()))
    assert found.level == "ok"
    assert "192.0.2.5" in found.what
