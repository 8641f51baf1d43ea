"""watchRTC: with the host in its URL, and with a gateway or a prefix of its own."""

import re
from collections.abc import Iterator
from typing import Any

from tests.sdk import mapping
from tests.sdk.mapping import BARE, GATEWAY, WATCHRTC
from tests.sdk.scenario import Noise, Phase, Scenario, Step

NOISE = Noise(drawn=((r"(?<=sessionId=)[0-9a-z]+", "<session>"),))
TRACED = Step("/trace", "POST", rf"//{re.escape(WATCHRTC)}/trace$")
FAULT = Step("/error", "POST", rf"//{re.escape(WATCHRTC)}/error$")
NEWEST, OLDER, OLDER_HOST = "1.43.1", "1.30.4", "watchrtc.testrtc.com"


def _watched(host: str) -> Step:
    return Step("WebSocket", "GET", rf"^wss://{re.escape(host)}/\?apiKey=", message="")


def _scenario(version: str, setting: str, proxy: str, *steps: Step, **more: Any) -> Scenario:
    return Scenario(
        f"watchRTC {version}",
        setting,
        "watchrtc",
        (Phase("start", steps),),
        proxy,
        module=f"watchrtc-{version}",
        noise=NOISE,
        sampled=version == NEWEST,
        **more,
    )


def _newest() -> Iterator[Scenario]:
    steps = _watched(WATCHRTC), FAULT
    host = f"wss://{GATEWAY}/{WATCHRTC}"
    bare = {"own": BARE, "form": mapping.watchrtc}
    below = {"own": f"{GATEWAY}/watchrtc", "form": mapping.watchrtc}
    yield _scenario(NEWEST, "host in the URL", host, *steps, shim=GATEWAY)
    yield _scenario(NEWEST, "host in the URL, slash at the end", f"{host}/", *steps)
    yield _scenario(NEWEST, "bare URL", f"wss://{BARE}", *steps, **bare)
    yield _scenario(NEWEST, "bare URL with a prefix", f"wss://{GATEWAY}/watchrtc", *steps, **below)
    yield _scenario(
        NEWEST,
        "WebSocket refused",
        host,
        TRACED,
        FAULT,
        parameters={"early": "yes"},
        refuses_websockets=True,
    )


def _older() -> Iterator[Scenario]:
    """Yield the WebSocket alone: this release does nothing by HTTP before that is open."""
    host, steps = f"wss://{GATEWAY}/{OLDER_HOST}", (_watched(OLDER_HOST),)
    yield _scenario(OLDER, "host in the URL", host, *steps, shim=GATEWAY)
    yield _scenario(OLDER, "host in the URL, slash at the end", f"{host}/", *steps)


def scenarios() -> Iterator[Scenario]:
    yield from _newest()
    yield from _older()
