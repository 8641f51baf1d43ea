"""Cloudflare RealtimeKit: joining a meeting, up to the media server's answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.sdk.mapping import GATEWAY, ORIGINS, labels
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("realtimekit",)
# The SDK asks for pings unless the socket's host is below its own domain.
PINGS = (r"(?<=&ping=)(true|false)&capabilities=2?(?=&)", "<pings>")


@dataclass(frozen=True, slots=True)
class Release:
    """*own*: the name that the app sets, below which the gateway stands for *domain*."""

    version: str
    module: str
    domain: str
    own: str
    has_plugins: bool = False

    def steps(self) -> Iterator[Step | Reached]:
        def step(name: str, method: str, url: str, message: str | None = None) -> Step:
            return Step(name, method, url.replace("DOMAIN", re.escape(self.domain)), message)

        yield step("details", "GET", r"//api\.DOMAIN/v2/internals/participant-details$")
        if self.has_plugins:
            yield step("flags", "POST", r"//flags\.DOMAIN/api/v1/identities/$")
            yield step("plugins", "GET", r"//api\.DOMAIN/v2/plugins/user$")
            yield step("room", "POST", r"//api\.DOMAIN/v2/internals/rooms$")
        yield step("WebSocket", "GET", r"^wss://socket-edge\.DOMAIN/ws\?", "offer")
        yield step("ICE servers", "GET", r"//api\.DOMAIN/iceservers$")
        yield step("location", "GET", r"//location\.DOMAIN/$")
        yield step("location, the former way", "POST", r"//location-legacy\.DOMAIN/\?")
        yield step("logs", "POST", r"//api-silos\.DOMAIN/otel/logs$")
        yield Reached("participant", "user", "Zoë")
        yield Reached("socket", "socket", "connected")


RELEASES = (
    Release("2.0.2", "@cloudflare/realtimekit", "realtime.cloudflare.com", GATEWAY),
    Release("1.2.5", "realtimekit-1.2.5", "dyte.io", f"older.{GATEWAY}", has_plugins=True),
)
ROUTES = (
    f"""
[[route]]
dialect = "host"
host = "*.{GATEWAY}"
hosts = {{ "*" = "{{}}.realtime.cloudflare.com", "*.older" = "{{}}.dyte.io" }}
{ORIGINS}""",
)


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield Scenario(
            f"RealtimeKit {release.version}",
            "baseURI",
            "realtimekit",
            (Phase("start", tuple(release.steps())),),
            proxy=release.own,
            own=f"*.{release.own}",
            form=labels(release.domain),
            shim=GATEWAY,
            module=release.module,
            noise=Noise((PINGS,), rf"//api-silos\.{re.escape(release.domain)}/otel/logs$"),
        )
