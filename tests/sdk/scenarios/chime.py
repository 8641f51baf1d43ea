"""Amazon Chime: joining a meeting and leaving it; the app rewrites the SDK's URLs."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("chime",)
SIGNALING = r"^wss://signal\.m1\.ue1\.app\.chime\.aws/control/meeting-1\?"
EVENTS = r"^https://data\.svc\.ue1\.ingest\.chime\.aws/v1/client-events"
PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", SIGNALING),
            Step("subscription", "GET", SIGNALING, message=r"v=0\r\n"),
            Reached("meeting connecting", "meeting", "connecting"),
            Reached("message of another", "message", "hello from attendee-2"),
        ),
    ),
    Phase(
        "leave",
        (Reached("meeting left", "meeting", "stopped"), Step("events", "POST", EVENTS)),
    ),
)


def scenarios() -> Iterator[Scenario]:
    yield Scenario(
        "Chime 3.32.0",
        "urlRewriter",
        "chime",
        PHASES,
        GATEWAY,
        shim=GATEWAY,
        module="chime-3.32.0",
        noise=Noise(clocked=EVENTS),
    )
