"""watchRTC: with the host in its URL, and with a gateway or a prefix of its own."""

from collections.abc import Iterator
from typing import Any

from tests.sdk import mapping
from tests.sdk.mapping import BARE, GATEWAY
from tests.sdk.scenario import Noise, Phase, Scenario, Step

NOISE = Noise(drawn=((r"(?<=sessionId=)[0-9a-z]+", "<session>"),))
WATCHED = Step("WebSocket", "GET", r"^wss://watchrtc-server\.cyara\.com/\?apiKey=", message="")
TRACED = Step("/trace", "POST", r"//watchrtc-server\.cyara\.com/trace$")
FAULT = Step("/error", "POST", r"//watchrtc-server\.cyara\.com/error$")


def scenarios() -> Iterator[Scenario]:
    def scenario(
        setting: str, proxy: str, steps: tuple[Step, ...] = (WATCHED, FAULT), **more: Any
    ) -> Scenario:
        return Scenario(
            "watchRTC 1.43.1",
            setting,
            "watchrtc",
            (Phase("start", steps),),
            proxy,
            module="@testrtc/watchrtc-sdk",
            noise=NOISE,
            sampled=True,
            **more,
        )

    host = f"wss://{GATEWAY}/{mapping.WATCHRTC}"
    yield scenario("host in the URL", host, shim=GATEWAY)
    yield scenario("host in the URL, slash at the end", f"{host}/")
    yield scenario("bare URL", f"wss://{BARE}", own=BARE, form=mapping.watchrtc)
    yield scenario(
        "bare URL with a prefix",
        f"wss://{GATEWAY}/watchrtc",
        own=f"{GATEWAY}/watchrtc",
        form=mapping.watchrtc,
    )
    yield scenario(
        "WebSocket refused",
        host,
        (TRACED, FAULT),
        parameters={"early": "yes"},
        refuses_websockets=True,
    )
