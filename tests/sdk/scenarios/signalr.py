"""Azure SignalR: an app that asks for the service itself, and a hub that sends the SDK there."""

from collections.abc import Iterator
from typing import Any

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step, Stray

PRESETS = ("azure",)
RELEASES = {"10.0.11": "@microsoft/signalr", "8.0.17": "signalr-8.0.17"}
TARGETS = ("app.contoso.com",)  # the app's own hub
SENT_ON = Step("hub's answer", "POST", r"//app\.contoso\.com/hub/negotiate\?")
NEGOTIATED = Step("negotiation", "POST", r"//res1\.service\.signalr\.net/client/negotiate\?")
SOCKET = Step(
    "WebSocket", "GET", r"^wss://res1\.service\.signalr\.net/client/\?hub=chat", message='"Echo"'
)
POLLED = Step("long poll", "GET", r"^https://res1\.service\.signalr\.net/client/\?hub=chat&id=")
POSTED = Step("long poll's POST", "POST", r"//res1\.service\.signalr\.net/client/\?hub=chat&id=")
ENDED = Step("long poll's end", "DELETE", r"//res1\.service\.signalr\.net/client/\?hub=chat&id=")
ECHO = Reached("call and its result", "echo", "très bien")
LEFT = Reached("end of the connection", "connection", "Disconnected")
SERVICE = Stray(r"//res1\.service\.signalr\.net/", "the hub's answer names the service")


def _of(release: str, module: str) -> Iterator[Scenario]:
    def scenario(
        setting: str,
        *steps: Step | Reached,
        left: tuple[Step | Reached, ...] = (LEFT,),
        **more: Any,
    ) -> Scenario:
        return Scenario(
            f"Azure SignalR {release}",
            setting,
            "signalr",
            (Phase("start", (*steps, ECHO)), Phase("leave", left)),
            module=module,
            **more,
        )

    yield scenario(
        "the service's URL", SOCKET, proxy=GATEWAY, shim=GATEWAY, parameters={"names": "service"}
    )
    yield scenario("the hub's URL, without the shim", SENT_ON, proxy=GATEWAY, strays=(SERVICE,))
    yield scenario("the hub's URL", SENT_ON, NEGOTIATED, SOCKET, shim=GATEWAY)
    yield scenario(
        "the hub's URL, WebSocket refused",
        SENT_ON,
        NEGOTIATED,
        POLLED,
        POSTED,
        left=(ENDED, LEFT),
        shim=GATEWAY,
        refuses_websockets=True,
    )


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield from _of(release, module)
