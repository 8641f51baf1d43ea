"""ZEGOCLOUD: logging in to a room and out of it."""

import json
from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("zego",)
RELEASES = ("3.12.0", "3.6.0")
PROXIES = {
    f"{service}Proxy": f"{GATEWAY}/{host}.coolbcloud.com"
    for service, host in (
        ("accesshub", "accesshub-wss"),
        ("logger", "weblogger-wss"),
        ("detaillog", "detaillog-global"),
    )
}
HUB = r"^wss://accesshub-wss\.coolbcloud\.com/accesshub$"
LOGS = r"//weblogger-wss\.coolbcloud\.com/zglog/"
LOGIN, LOGOUT = r"\x08\xe9\x07", r"\x08\xeb\x07"  # commands 1001 and 1003 of a room
PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", HUB),
            Step("login", "GET", HUB, message=LOGIN),
            Reached("in the room", "room", "CONNECTED 0"),
            Step("log", "GET", LOGS, message=""),
        ),
    ),
    Phase(
        "leave",
        (
            Step("logout", "GET", HUB, message=LOGOUT),
            Reached("room left", "room", "DISCONNECTED 0"),
        ),
    ),
)


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield Scenario(
            f"ZEGO {release}",
            "setLocalProxyConfig",
            "zego",
            PHASES,
            json.dumps(PROXIES),
            shim=GATEWAY,
            module=f"zego-{release}",
            noise=Noise(clocked=LOGS),
        )
