"""100ms: joining a room, whose server an answer names."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("100ms",)
RELEASES = ("0.15.2", "0.12.39")
JOINED = (
    Step("configuration", "GET", r"//prod-init\.100ms\.live/init\?"),
    Step("WebSocket", "GET", r"^wss://eu-1\.100ms\.live/v2/ws\?", message='"method":"join"'),
    Reached("connected", "room", "Connected"),
)
LEFT = Reached("disconnected", "room", "Disconnected")


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield Scenario(
            f"100ms {release}",
            "none",
            "hms",
            (Phase("start", JOINED), Phase("leave", (LEFT,))),
            shim=GATEWAY,
            module=f"hms-{release}",
        )
