"""Sendbird Calls: log-in, the WebSocket, and a room."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("sendbird",)
RELEASES = {
    "1.10.21": "sendbird-calls",
    "1.9.3": "sendbird-1.9.3",
}  # with the folder in node_modules
API = r"^https://api-0f5a1c2d-1111-2222-3333-444444444444\.calls\.sendbird\.com/v1/"
SOCKET = (
    r"^wss://ws-0f5a1c2d-1111-2222-3333-444444444444\.calls\.sendbird\.com/\?sbcall_session_token="
)
STEPS = (
    Step("log-in", "POST", rf"{API}users/zo%C3%AB/login$"),
    Step("WebSocket", "GET", SOCKET),
    Step("missed calls", "GET", rf"{API}direct_calls/missed_signal\?"),
    Step("room", "GET", rf"{API}rooms/room-1$"),
    Reached("user", "user", "zoë"),
    Reached("connection", "connection", "connected"),
    Reached("room's data", "room", "room-1"),
)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield Scenario(
            f"Sendbird Calls {release}",
            "hosts of init",
            "sendbird",
            (Phase("start", STEPS),),
            GATEWAY,
            shim=GATEWAY,
            module=module,
        )
