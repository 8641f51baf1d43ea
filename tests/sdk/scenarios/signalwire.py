"""SignalWire: a chat's channel; a token that names the server needs the page shim."""

from collections.abc import Iterator
from typing import Any

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Phase, Reached, Scenario, Step

PRESETS = ("signalwire",)
RELEASES = {"3.30.0": "@signalwire/js", "3.27.0": "signalwire-3.27.0"}


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield from _of(release, module)


def _of(release: str, module: str) -> Iterator[Scenario]:
    for setting, host, more in _settings():
        steps = (
            Step("WebSocket", "GET", rf"^wss://{host}/$", message='"chat.publish"'),
            Reached("subscription", "subscription", "subscribed"),
            Reached("message of the channel", "message", "très bien"),
        )
        yield Scenario(
            f"SignalWire {release}",
            setting,
            "signalwire",
            (Phase("start", steps),),
            shim=GATEWAY,
            module=module,
            **more,
        )


def _settings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "host", r"relay\.signalwire\.com", {"proxy": GATEWAY}
    # The SDK dials the name in the header of the token, and ignores the setting.
    named = {"ch": "zoe.signalwire.com"}
    yield "a token with `ch`", r"zoe\.signalwire\.com", {"parameters": named}
