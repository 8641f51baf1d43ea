"""Plivo: registering and calling; statistics, logs and sounds need the page shim."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step, Stray

PRESETS = ("plivo",)
STRAYS = (
    Stray(r"^https://cdn\.plivo\.com/sdk/browser/audio/", "sounds have no setting"),
    Stray(r"^https://nimbus\.plivo\.com/collect/logs/$", "logs have no setting"),
    Stray(r"^https://stats\.plivo\.com/v1/browser/validate/$", "statistics have no setting"),
    Stray(r"^wss://insights\.plivo\.com/ws$", "statistics have no setting"),
)
SOCKET = r"^wss://client\.plivo\.com/signalling$"
BY_THE_SHIM = (
    Step("key for statistics", "POST", r"//stats\.plivo\.com/v1/browser/validate/$"),
    Step("logs", "POST", r"//nimbus\.plivo\.com/collect/logs/$"),
    Step("sounds", "GET", r"//cdn\.plivo\.com/sdk/browser/audio/us-ring\.mp3$"),
)
STATISTICS = Step("statistics", "GET", r"^wss://insights\.plivo\.com/ws$", "CALL_RINGING")


def phases(started: tuple[Step, ...], dialed: tuple[Step, ...]) -> tuple[Phase, ...]:
    """Return all phases; *started* and *dialed* are what the page shim adds to them."""
    registered = Step("registration", "GET", SOCKET, "REGISTER sip:")
    called = Step("call", "GET", SOCKET, "INVITE sip:")
    canceled = Step("hang-up", "GET", SOCKET, "CANCEL sip:")
    return (
        Phase("start", (registered, *started, Reached("logged in", "onLogin", "yes"))),
        Phase("dial", (called, *dialed, Reached("ringing", "onCallRemoteRinging", "ringing"))),
        Phase("hangUp", (canceled, Reached("call canceled", "onCallFailed", "Canceled"))),
        Phase("leave", (Reached("logged out", "onLogout", "yes"),)),
    )


def scenarios() -> Iterator[Scenario]:
    sdk, page, module = "Plivo 2.2.21", "plivo", "plivo-browser-sdk"
    yield Scenario(
        sdk,
        "registrationDomainSocket",
        page,
        phases((), ()),
        GATEWAY,
        module=module,
        strays=STRAYS,
    )
    yield Scenario(
        sdk, "none", page, phases(BY_THE_SHIM, (STATISTICS,)), shim=GATEWAY, module=module
    )
