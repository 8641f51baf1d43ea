"""Cloudflare RealtimeKit: joining a meeting, up to the media server's answer."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY, ORIGINS, labels
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

DOMAIN = "realtime.cloudflare.com"
PRESETS = ("realtimekit",)
ROUTES = (
    f"""
[[route]]
dialect = "host"
host = "*.{GATEWAY}"
hosts = {{ "*" = "{{}}.{DOMAIN}" }}
{ORIGINS}""",
)
# The SDK asks for pings unless the socket's host is below its own domain.
PINGS = (r"(?<=&ping=)(true|false)&capabilities=2?(?=&)", "<pings>")
NOISE = Noise(drawn=(PINGS,), clocked=r"//api-silos\.realtime\.cloudflare\.com/otel/logs$")
STEPS = (
    Step("details", "GET", r"//api\.realtime\.cloudflare\.com/v2/internals/participant-details$"),
    Step("WebSocket", "GET", r"^wss://socket-edge\.realtime\.cloudflare\.com/ws\?", "offer"),
    Step("ICE servers", "GET", r"//api\.realtime\.cloudflare\.com/iceservers$"),
    Step("location", "GET", r"//location\.realtime\.cloudflare\.com/$"),
    Step("location, the former way", "POST", r"//location-legacy\.realtime\.cloudflare\.com/\?"),
    Step("logs", "POST", r"//api-silos\.realtime\.cloudflare\.com/otel/logs$"),
    Reached("participant", "user", "Zoë"),
    Reached("socket", "socket", "connected"),
)


def scenarios() -> Iterator[Scenario]:
    yield Scenario(
        "RealtimeKit 2.0.2",
        "baseURI",
        "realtimekit",
        (Phase("start", STEPS),),
        proxy=GATEWAY,
        own=f"*.{GATEWAY}",
        form=labels(DOMAIN),
        shim=GATEWAY,
        module="@cloudflare/realtimekit",
        noise=NOISE,
    )
