"""Plivo: registering and calling; statistics, logs and sounds need the page shim."""

from collections.abc import Iterator, Mapping

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step, Stray

PRESETS = ("plivo",)
RELEASES = {"2.2.21": "plivo-browser-sdk", "2.2.7": "plivo-2.2.7"}
STRAYS = (
    Stray(r"^https://cdn\.plivo\.com/sdk/browser/audio/", "sounds have no setting"),
    Stray(r"^https://nimbus\.plivo\.com/collect/logs/$", "logs have no setting"),
    Stray(r"^https://stats\.plivo\.com/v1/browser/validate/$", "statistics have no setting"),
    Stray(r"^wss://insights\.plivo\.com/ws$", "statistics have no setting"),
)
SOCKET = r"^wss://client\.plivo\.com/signalling$"
KEY = Step("key for statistics", "POST", r"//stats\.plivo\.com/v1/browser/validate/$")
LOGS = Step("logs", "POST", r"//nimbus\.plivo\.com/collect/logs/$")
SOUNDS = Step("sounds", "GET", r"//cdn\.plivo\.com/sdk/browser/audio/us-ring\.mp3$")


def statistics(event: str) -> Step:
    return Step("statistics", "GET", r"^wss://insights\.plivo\.com/ws$", event)


# What goes past the gateway without the page shim, by the function of the page that leads to it.
# The older release has no logs, and tells of a call when it is over.
BY_THE_SHIM = {
    "2.2.21": {"start": (KEY, LOGS, SOUNDS), "dial": (statistics("CALL_RINGING"),)},
    "2.2.7": {"start": (KEY, SOUNDS), "hangUp": (statistics("CALL_SUMMARY"),)},
}


def phases(also: Mapping[str, tuple[Step, ...]]) -> tuple[Phase, ...]:
    """Return all phases; *also* is what the page shim adds to each."""
    steps: dict[str, tuple[Step | Reached, ...]] = {
        "start": (Step("registration", "GET", SOCKET, "REGISTER sip:"),),
        "dial": (Step("call", "GET", SOCKET, "INVITE sip:"),),
        "hangUp": (Step("hang-up", "GET", SOCKET, "CANCEL sip:"),),
        "leave": (),
    }
    ends = {
        "start": Reached("logged in", "onLogin", "yes"),
        "dial": Reached("ringing", "onCallRemoteRinging", "ringing"),
        "hangUp": Reached("call canceled", "onCallFailed", "Canceled"),
        "leave": Reached("logged out", "onLogout", "yes"),
    }
    return tuple(
        Phase(function, (*asked, *also.get(function, ()), ends[function]))
        for function, asked in steps.items()
    )


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        sdk = f"Plivo {release}"
        yield Scenario(
            sdk,
            "registrationDomainSocket",
            "plivo",
            phases({}),
            GATEWAY,
            module=module,
            strays=STRAYS,
        )
        yield Scenario(
            sdk, "none", "plivo", phases(BY_THE_SHIM[release]), shim=GATEWAY, module=module
        )
