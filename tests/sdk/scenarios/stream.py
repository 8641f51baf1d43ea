"""Stream Video: joining a call; the media server that an answer names needs the page shim."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

PRESETS = ("stream",)
RELEASES = NEWEST, _ = "1.60.0", "1.18.9"
COORDINATOR = r"//video\.stream-io-api\.com/video/"
NOISE = Noise(clocked=r"/video/call_client_event\?|/twirp/stream\.video\.sfu\.signal\.\w+/")
MEDIA_SERVER = Stray(
    r"^(https|wss)://sfu-1\.stream-io-video\.com/", "the answer to joining names the media server"
)
LOCATED = Step("location", "HEAD", r"//hint\.stream-io-video\.com/$")
EVENTS = Step("events", "POST", rf"{COORDINATOR}call_client_event\?")
CONNECTED = (
    Step("WebSocket", "GET", rf"^wss:{COORDINATOR}connect\?", message='"token"'),
    Step("answer to joining", "POST", rf"{COORDINATOR}call/default/call1/join\?"),
)
BY_THE_ANSWER = (
    Step("media server's WebSocket", "GET", r"^wss://sfu-1\.stream-io-video\.com/ws\?", "v=0"),
    Step("statistics", "POST", r"//sfu-1\.stream-io-video\.com/twirp/.*/SendStats$"),
)
JOINED = Reached("joined", "calling", "joined")
LEFT = Reached("left", "calling", "left")


def _of(release: str) -> Iterator[Scenario]:
    events = (EVENTS,) if release == NEWEST else ()  # the older one sends none
    started = (LOCATED, *events, *CONNECTED)
    for setting, steps, ways in (
        ("baseURL, locationHintUrl", (), {"proxy": GATEWAY, "strays": (MEDIA_SERVER,)}),
        ("none", BY_THE_ANSWER, {"shim": GATEWAY}),
    ):
        yield Scenario(
            f"Stream Video {release}",
            setting,
            "stream",
            (Phase("start", (*started, *steps, JOINED)), Phase("leave", (LEFT,))),
            module=f"streamvideo-{release}",
            noise=NOISE,
            **ways,
        )


def scenarios() -> Iterator[Scenario]:
    for release in RELEASES:
        yield from _of(release)
