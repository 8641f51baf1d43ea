"""ACS chat: threads and messages by its setting; notifications need the page shim."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("azure", "acs")
SERVICE = r"//res1\.communication\.azure\.com/chat/"
TROUTER = r"//pub-ent-[^/]*\.trouter\.communication\.microsoft\.com/socket\.io/1/"
REGISTRAR = r"//registrar\.communication\.microsoft\.com/registrar/prod/v3/registrations"
SENT = (
    Step("thread", "POST", rf"{SERVICE}threads\?"),
    Step("message", "POST", rf"{SERVICE}threads/19%3Ameeting_abc%2Bx%40thread\.v2/messages\?"),
    Reached("number of the message", "message", "1795233930000"),
)
NOTIFIED = (
    Step("configuration", "GET", rf"{SERVICE}config/realTimeNotifications\?"),
    Step("Trouter allocation", "POST", r"//go\.trouter\.communication\.microsoft\.com/v4/a\?"),
    Step("handshake", "GET", rf"^https:{TROUTER}\?"),
    Step("WebSocket", "GET", rf"^wss:{TROUTER}websocket/", message="user.activity"),
    Step("registration", "POST", rf"{REGISTRAR}$"),
    Reached("notifications", "notifications", "connected"),
)
RELEASES = ("1.6.0", "1.5.4")
NOISE = Noise(drawn=((r"(?<=&userActivity=)[^&]+", "<activity>"),))
ENDED = Step("deregistration", "DELETE", rf"{REGISTRAR}/")


def _of(release: str) -> Iterator[Scenario]:
    sdk, module = f"ACS Chat {release}", f"acschat-{release}"
    yield Scenario(
        sdk, "messages", "acschat", (Phase("start", SENT),), GATEWAY, shim=GATEWAY, module=module
    )
    yield Scenario(
        sdk,
        "notifications",
        "acschat",
        (Phase("start", SENT + NOTIFIED), Phase("leave", (ENDED,))),
        shim=GATEWAY,
        module=module,
        noise=NOISE,
        parameters={"notifications": "yes"},
    )


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield from _of(release)
