"""Vonage's OpenTok: connecting to a session."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Scenario, Step

NOISE = Noise(clocked=r"//hlg\.tokbox\.com/prod/logging/")
STEPS = (
    Step("configuration", "GET", r"//config\.opentok\.com/project/"),
    Step("session", "GET", r"//anvil\.opentok\.com/session/"),
    Step("WebSocket", "GET", r"^wss://mantis-prod-us\.opentok\.com/rumor", message=""),
    Step("log", "POST", r"//hlg\.tokbox\.com/prod/logging/"),
)


def scenarios() -> Iterator[Scenario]:
    for setting, own, shim in (
        ("connect", GATEWAY, GATEWAY),
        ("mount prefix", f"{GATEWAY}/acs/v1", None),
    ):
        yield Scenario(
            "OpenTok 2.35.2",
            setting,
            "opentok",
            (Phase("start", STEPS),),
            f"https://{own}",
            own,
            shim=shim,
            module="@opentok/client",
            noise=NOISE,
            sampled=True,
        )
