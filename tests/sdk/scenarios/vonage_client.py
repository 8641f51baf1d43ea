"""Vonage's Client SDK: a session, its user, a call of which no media comes, and the end."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("vonage-client",)
RELEASES = {"2.3.1": "@vonage/client-sdk", "1.7.2": "vonage-client-1.7.2"}
SOCKET = r"^wss://ws-us\.vonage\.com/v2/rtc/\?"
PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", SOCKET, message="40"),
            Reached("session", "session", "SES-1"),
        ),
    ),
    Phase(
        "dial",
        (
            Step("user", "GET", r"^https://api-us\.vonage\.com/v0\.3/users/me$"),
            Reached("user known", "user", "zoe"),
            Step("call", "POST", r"^https://api-us\.vonage\.com/v0\.3/legs$"),
        ),
    ),
    Phase("leave", (Step("session ended", "GET", SOCKET, message="session:logout"),)),
)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield Scenario(
            f"Vonage Client {release}",
            "apiUrl, websocketUrl, websocketPath",
            "vonage_client",
            PHASES,
            GATEWAY,
            shim=GATEWAY,
            module=module,
        )
