"""Stream Video: joining a call; the media server that an answer names needs the page shim."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

PRESETS = ("stream",)
COORDINATOR = r"//video\.stream-io-api\.com/video/"
NOISE = Noise(clocked=r"/video/call_client_event\?|/twirp/stream\.video\.sfu\.signal\.\w+/")
MEDIA_SERVER = Stray(
    r"^(https|wss)://sfu-1\.stream-io-video\.com/", "the answer to joining names the media server"
)
BY_THE_SETTING = (
    Step("location", "HEAD", r"//hint\.stream-io-video\.com/$"),
    Step("events", "POST", rf"{COORDINATOR}call_client_event\?"),
    Step("WebSocket", "GET", rf"^wss:{COORDINATOR}connect\?", message='"token"'),
    Step("answer to joining", "POST", rf"{COORDINATOR}call/default/call1/join\?"),
)
BY_THE_ANSWER = (
    Step("media server's WebSocket", "GET", r"^wss://sfu-1\.stream-io-video\.com/ws\?", "v=0"),
    Step("statistics", "POST", r"//sfu-1\.stream-io-video\.com/twirp/.*/SendStats$"),
)
JOINED = Reached("joined", "calling", "joined")
LEFT = Reached("left", "calling", "left")


def scenarios() -> Iterator[Scenario]:
    for setting, steps, ways in (
        ("baseURL, locationHintUrl", (), {"proxy": GATEWAY, "strays": (MEDIA_SERVER,)}),
        ("none", BY_THE_ANSWER, {"shim": GATEWAY}),
    ):
        yield Scenario(
            "Stream Video 1.60.0",
            setting,
            "stream",
            (Phase("start", (*BY_THE_SETTING, *steps, JOINED)), Phase("leave", (LEFT,))),
            module="streamvideo-1.60.0",
            noise=NOISE,
            **ways,
        )
