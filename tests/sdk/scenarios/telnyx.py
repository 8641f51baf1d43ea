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
SOCKET = r"^wss://rtc\.telnyx\.com/$"
PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", SOCKET, message='"login"'),
            Reached("registered", "client", "registered"),
        ),
    ),
    Phase(
        "dial",
        (
            Step("call", "GET", SOCKET, message='"telnyx_rtc.invite"'),
            Reached("call under way", "call", "trying"),
            Step("ringing acknowledged", "GET", SOCKET, message='"telnyx_rtc.ringing"'),
        ),
    ),
    Phase(
        "leave",
        (
            Step("hang-up", "GET", SOCKET, message='"telnyx_rtc.bye"'),
            Step("call report", "POST", r"^https://rtc\.telnyx\.com/call_report$"),
        ),
    ),
)


def form(below: str, own: str) -> str:
    """Return what is named: a report goes to the host of the setting, without its path."""
    return f"rtc.telnyx.com{REPORTS}" if below == REPORTS else mapping.path(below, own)


def scenarios() -> Iterator[Scenario]:
    yield Scenario(
        "Telnyx 2.27.10",
        "host",
        "telnyx",
        PHASES,
        f"wss://{GATEWAY}/rtc.telnyx.com",
        form=form,
        shim=GATEWAY,
        module="@telnyx/webrtc",
    )
