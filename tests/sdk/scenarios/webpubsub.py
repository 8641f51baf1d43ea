"""Azure Web PubSub: joining a group and sending to it."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("azure",)
RELEASES = ("1.1.0", "1.0.4")
SOCKET = Step(
    "WebSocket", "GET", r"^wss://res1\.webpubsub\.azure\.com/client/hubs/chat\?", "sendToGroup"
)
CONNECTED = Reached("connection", "connection", "c1")
MESSAGE = Reached("message of the group", "message", "très bien")
STOPPED = Reached("end of the connection", "connection", "stopped")


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield Scenario(
            f"Azure Web PubSub {release}",
            "client access URL",
            "webpubsub",
            (Phase("start", (SOCKET, CONNECTED, MESSAGE)), Phase("leave", (STOPPED,))),
            GATEWAY,
            shim=GATEWAY,
            module=f"webpubsub-{release}",
        )
