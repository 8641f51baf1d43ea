"""Twilio: Voice registers and calls somebody, Video connects to a room."""

from collections.abc import Iterator

from tests.sdk.mapping import GATEWAY
from tests.sdk.scenario import Noise, Phase, Reached, Scenario, Step, Stray

PRESETS = ("twilio",)
VOICES = {"2.18.5": "@twilio/voice-sdk", "2.12.4": "twilio-voice-2.12.4"}
VIDEOS = {"2.36.0": "twilio-video", "2.28.2": "twilio-video-2.28.2"}
VOICE = r"^wss://voice-js\.roaming\.twilio\.com/signal$"
VIDEO = r"^wss://global\.vss\.twilio\.com/signaling$"
EVENTS = r"^https://eventgw\.us1\.twilio\.com/v4/Endpoint"
SOUNDS = r"^https://sdk\.twilio\.com/js/client/sounds/"
STRAYS = (
    Stray(EVENTS, "once connected, it takes the gateway for events that the service names"),
    Stray(SOUNDS, "sounds are loaded from where they are, unless each is given another URL"),
)
VOICE_PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", VOICE, message='"register"'),
            Reached("registered", "device", "registered"),
        ),
    ),
    Phase(
        "dial",
        (Step("call", "GET", VOICE, message='"invite"'), Reached("call rings", "call", "ringing")),
    ),
    Phase("leave", (Step("hang-up", "GET", VOICE, message='"hangup"'),)),
)
VIDEO_PHASES = (
    Phase(
        "start",
        (
            Step("WebSocket", "GET", VIDEO, message='"connect"'),
            Reached("room connected", "room", "connected"),
            Step("events", "GET", r"^wss://sdkgw\.us1\.twilio\.com/v1/VideoEvents$", '"event"'),
        ),
    ),
    Phase(
        "leave",
        (
            Step("disconnect", "GET", VIDEO, message='"disconnect"'),
            Reached("room disconnected", "room", "disconnected"),
        ),
    ),
)


def scenarios() -> Iterator[Scenario]:
    for release, module in VOICES.items():
        yield Scenario(
            f"Twilio Voice {release}",
            "chunderw",
            "twilio_voice",
            VOICE_PHASES,
            f"{GATEWAY}/voice-js.roaming.twilio.com",
            shim=GATEWAY,
            module=module,
            noise=Noise(clocked=EVENTS),
            strays=STRAYS,
        )
    for release, module in VIDEOS.items():
        yield Scenario(
            f"Twilio Video {release}",
            "wsServer, wsServerInsights",
            "twilio_video",
            VIDEO_PHASES,
            f"wss://{GATEWAY}",
            shim=GATEWAY,
            module=module,
        )
