"""Vonage's SDKs, of which OpenTok is the older name: connecting to a session."""

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


SDKS = {  # with their releases, the newest first: the folder in node_modules
    "OpenTok 2.35.2": "opentok-2.35.2",
    "OpenTok 2.30.5": "opentok-2.30.5",
    "Vonage Video 2.35.2": "vonage-2.35.2",
    "Vonage Video 2.30.5": "vonage-2.30.5",
}


def scenarios() -> Iterator[Scenario]:
    for sdk, module in SDKS.items():
        for setting, own in ("connect", GATEWAY), ("mount prefix", f"{GATEWAY}/acs/v1"):
            yield Scenario(
                sdk,
                setting,
                "opentok",
                (Phase("start", STEPS),),
                f"https://{own}",
                own,
                shim=GATEWAY if own == GATEWAY else None,
                module=module,
                noise=NOISE,
                sampled=module == "opentok-2.35.2",
            )
