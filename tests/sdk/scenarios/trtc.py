"""Tencent RTC: entering a room and leaving it.

With a WebSocket's proxy the SDK neither asks which server to use nor dials the path by which it
finds the faster of two.
"""

import json
import re
from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY, ORIGINS
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step

PRESETS = ("trtc",)
RELEASES = {"5.17.1": "trtc-sdk-v5", "5.8.6": "trtc-5.8.6"}
UPSTREAMS = {  # of docs/reference/sdks.md, below /trtc-unified
    "/api/v1": "schedule.cloud-rtc.com",
    "/v5": "yun.tim.qq.com",
    "": "signaling.rtc.qq.com",
}
ROUTES = tuple(
    f"""
[[route]]
prefix = "/trtc-unified{path}"
dialect = "fixed"
upstream = "https://{host}{path}"
{ORIGINS}"""
    for path, host in UPSTREAMS.items()
)
PROXIES = {
    "websocketProxy": f"wss://{GATEWAY}/signaling.rtc.qq.com",
    "loggerProxy": f"https://{GATEWAY}/yun.tim.qq.com",
    "scheduleProxy": f"{GATEWAY}/schedule.cloud-rtc.com",
}
NOISE = Noise(
    drawn=(
        (r"//signaling(-a1)?\.rtc\.qq\.com/(v2/ws)?\?", "//signaling.rtc.qq.com/?"),
        (r"&(race|signalDomain)=[^&]+", ""),
    ),
    clocked=r"//yun\.tim\.qq\.com/v5/AVQualityReportSvc/",
    left_out=r"//schedule\.cloud-rtc\.(com|net)/",
)
SOCKET = r"^wss://signaling(-a1)?\.rtc\.qq\.com/"
PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", SOCKET, message='"join/v2"'),
            Reached("room entered", "room", "entered"),
            Step("log", "POST", r"^https://yun\.tim\.qq\.com/.*&cmdtype=jssdk_log$"),
        ),
    ),
    Phase(
        "leave",
        (
            Step("leave request", "GET", SOCKET, message='"leave"'),
            Reached("room left", "room", "left"),
        ),
    ),
)


def unified(below: str, own: str) -> str:
    """Return what is named below it: by the path, and for signaling by ``signalDomain``."""
    host = next(host for path, host in UPSTREAMS.items() if below.startswith(path))
    named = re.search(r"&signalDomain=([^&]+)", below)
    return f"{named[1] if named else host}{below}"


def _of(release: str, module: str) -> Iterator[Scenario]:
    def scenario(setting: str, proxy: dict[str, str], **more: object) -> Scenario:
        return Scenario(
            f"TRTC {release}",
            setting,
            "trtc",
            PHASES,
            json.dumps(proxy),
            module=module,
            noise=NOISE,
            **more,  # type: ignore[arg-type]
        )

    yield scenario("websocketProxy, loggerProxy, scheduleProxy", PROXIES, shim=GATEWAY)
    own = f"{GATEWAY}/trtc-unified"
    yield scenario("unifiedProxy", {"unifiedProxy": own}, own=own, form=unified)


def scenarios() -> Iterator[Scenario]:
    for release, module in RELEASES.items():
        yield from _of(release, module)
