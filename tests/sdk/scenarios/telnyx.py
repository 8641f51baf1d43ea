"""Telnyx: registering, calling somebody, and hanging up."""

from collections.abc import Iterator

from tests.sdk import mapping
from tests.sdk.mapping import GATEWAY, ORIGINS
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("telnyx",)
REPORTS = "/call_report"
ROUTES = (
    f"""
[[route]]
prefix = "{REPORTS}"
dialect = "fixed"
upstream = "https://rtc.telnyx.com{REPORTS}"
{ORIGINS}""",
)
NEWEST = "2.27.10"
RELEASES = {NEWEST: "@telnyx/webrtc", "2.22.18": "telnyx-2.22.18"}
SOCKET = r"^wss://rtc\.telnyx\.com/$"
STARTED = (
    Step("WebSocket", "GET", SOCKET, message='"login"'),
    Reached("registered", "client", "registered"),
)
DIALED = (
    Step("call", "GET", SOCKET, message='"telnyx_rtc.invite"'),
    Reached("call under way", "call", "trying"),
    Step("ringing acknowledged", "GET", SOCKET, message='"telnyx_rtc.ringing"'),
)
HUNG_UP = Step("hang-up", "GET", SOCKET, message='"telnyx_rtc.bye"')
REPORTED = Step("call report", "POST", r"^https://rtc\.telnyx\.com/call_report$")


def phases(release: str) -> tuple[Phase, ...]:
    left = (HUNG_UP, REPORTED) if release == NEWEST else (HUNG_UP,)  # the older one has no reports
    return Phase("start", STARTED), Phase("dial", DIALED), Phase("leave", left)


def form(below: str, own: str) -> str:
    """Return what is named: a report goes to the host of the setting, without its path."""
    return f"rtc.telnyx.com{REPORTS}" if below == REPORTS else mapping.path(below, own)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield Scenario(
            f"Telnyx {release}",
            "host",
            "telnyx",
            phases(release),
            f"wss://{GATEWAY}/rtc.telnyx.com",
            form=form,
            shim=GATEWAY,
            module=module,
        )
