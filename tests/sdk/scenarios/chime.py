"""Amazon Chime: joining a meeting and leaving it; the app rewrites the SDK's URLs."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("chime",)
RELEASES = NEWEST, _ = "3.32.0", "3.16.0"
SIGNALING = r"^wss://signal\.m1\.ue1\.app\.chime\.aws/control/meeting-1\?"
EVENTS = r"^https://data\.svc\.ue1\.ingest\.chime\.aws/v1/client-events"
CREDENTIALS = Step(
    "TURN credentials", "POST", r"//ccp\.cp\.ue1\.app\.chime\.aws/v2/turn_sessions\?"
)
LEFT = Reached("meeting left", "meeting", "stopped")
TOLD = Step("events", "POST", EVENTS)


def phases(release: str) -> tuple[Phase, ...]:
    """Return all phases.

    The older release asks for the TURN server that its join's answer does not have, and does not
    leave before it has a connection.
    """
    is_newest = release == NEWEST
    joined = (
        Step("WebSocket", "GET", SIGNALING),
        *(() if is_newest else (CREDENTIALS,)),
        Step("subscription", "GET", SIGNALING, message=r"v=0\r\n"),
        Reached("meeting connecting", "meeting", "connecting"),
        Reached("message of another", "message", "hello from attendee-2"),
    )
    return Phase("start", joined), Phase("leave", (LEFT, TOLD) if is_newest else (TOLD,))


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield Scenario(
            f"Chime {release}",
            "urlRewriter",
            "chime",
            phases(release),
            GATEWAY,
            shim=GATEWAY,
            module=f"chime-{release}",
            noise=Noise(clocked=EVENTS),
        )
