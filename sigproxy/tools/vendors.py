"""The vendors whose SDKs `sigproxy snippet` has lines for: what each is told, what it needs.

Seen in Chromium through a gateway, or read in the SDKs, on the dates in `sigproxy.presets`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sigproxy.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Sdk:
    """One SDK of a vendor."""

    package: str  # npm's name
    setting: str  # what the app sets, as in the lines; "" if the page shim does it all
    shim: str = ""  # what goes past the gateway without the page shim; "" if nothing does
    fixed: bool = False  # whether fixed routes serve it too, as the lines say
    suite: str = ""  # its name in tests/sdk, which run it in Chromium
    also: tuple[str, ...] = ()  # presets that its route needs beside the vendor's


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor whose SDK can use the gateway; a route that covers one of `presets` serves it.

    A fixed route to `fixed`, a pattern, serves it too: the SDK's URL has no vendor's host then.
    """

    name: str
    title: str
    presets: tuple[str, ...]
    sdks: tuple[Sdk, ...] = ()
    prefix: str = "/"  # the prefix in the suggested route
    server: str = ""  # the host in the SDK's URL, if it is always the same one
    fixed: str = ""
    below: str = ""  # the paths that a fixed route has to keep
    hosts: Mapping[str, str] = field(default_factory=dict)  # of a route with the host dialect

    @property
    def dialect(self) -> str:
        return "host" if self.hosts else PRESETS[self.presets[0]].dialect

    @property
    def also(self) -> tuple[str, ...]:
        """What the suggested route has beside the first of `presets`, for its SDKs."""
        return tuple(dict.fromkeys(name for sdk in self.sdks for name in sdk.also))

    @property
    def shim(self) -> tuple[str, ...]:
        """What of its SDKs goes past the gateway without the page shim."""
        return tuple(sdk.shim for sdk in self.sdks if sdk.shim)


_ALL = "everything"
_WATCHRTC = "watchrtc-server.cyara.com"
_NAMED_BY_VENDORS = (
    Vendor(
        "acs",
        "Azure Communication Services",
        ("acs", "acs-gov"),
        (
            Sdk(
                "@azure/communication-calling",
                "networkConfiguration.proxy.url",
                "telemetry of the media stack",
                suite="ACS Calling",
            ),
        ),
    ),
    Vendor(
        "watchrtc",
        "watchRTC",
        ("watchrtc",),
        (Sdk("@testrtc/watchrtc-sdk", "proxyUrl", suite="watchRTC"),),
        server=_WATCHRTC,
        fixed=_WATCHRTC,
        below="/trace and /error",
    ),
    Vendor(
        "agora",
        "Agora",
        ("agora",),
        (
            Sdk(
                "agora-rtc-sdk-ng",
                "setProxyServer",
                "the first log of 4.3",
                suite="Agora",
            ),
        ),
    ),
    Vendor(
        "vonage",
        "Vonage",
        ("vonage",),
        (
            Sdk("@vonage/client-sdk-video", "OT.setProxyUrl", suite="Vonage Video"),
            Sdk("@opentok/client", "OT.setProxyUrl", suite="OpenTok"),
        ),
    ),
    Vendor("daily", "Daily", ("daily",), (Sdk("@daily-co/daily-js", "proxyUrl", suite="Daily"),)),
    Vendor("express", "what the Express sample serves", ("acs", "acs-gov"), prefix="/proxy"),
    Vendor(
        "chime",
        "Amazon Chime",
        ("chime",),
        (Sdk("amazon-chime-sdk-js", "urlRewriter", suite="Chime"),),
    ),
)

_CALLS = (
    Vendor(
        "trtc",
        "Tencent RTC",
        ("trtc",),
        (
            Sdk(
                "trtc-sdk-v5",
                "websocketProxy, loggerProxy, scheduleProxy; or unifiedProxy",
                fixed=True,
                suite="TRTC",
            ),
        ),
    ),
    Vendor(
        "nertc",
        "NetEase NERTC",
        ("nertc",),
        (Sdk("nertc-web-sdk", "neRtcServerProxyAddresses", fixed=True),),
        hosts={
            "nrtc": "nrtc.netease.im",
            "statistic": "statistic.live.126.net",
            "lbs": "wecan-lbs.netease.im",
            "roomserver": "roomserver.netease.im",
            "gw": "wecan-gw.yunxinvcloud.com",
        },
    ),
    Vendor(
        "zego",
        "ZEGOCLOUD",
        ("zego",),
        (Sdk("zego-express-engine-webrtc", "setLocalProxyConfig", fixed=True, suite="ZEGO"),),
    ),
    Vendor(
        "volcengine",
        "Volcengine RTC",
        ("volcengine",),
        (Sdk("@volcengine/rtc", "startCloudProxy", "one log as the page loads"),),
    ),
    Vendor(
        "livekit",
        "LiveKit",
        ("livekit",),
        (Sdk("livekit-client", "room.connect", suite="LiveKit"),),
        server="project.livekit.cloud",
        fixed="*.livekit.cloud",
        below="/rtc",
    ),
    Vendor(
        "twilio",
        "Twilio Voice and Video",
        ("twilio",),
        (
            Sdk(
                "@twilio/voice-sdk",
                "chunderw",
                "events (eventgw), ring tones",
                suite="Twilio Voice",
            ),
            Sdk("twilio-video", "wsServer, wsServerInsights", suite="Twilio Video"),
        ),
    ),
    Vendor(
        "stream",
        "Stream Video",
        ("stream",),
        (
            Sdk(
                "@stream-io/video-client",
                "baseURL, locationHintUrl",
                "the media server's signaling (sfu-*), which the answer to joining names",
                suite="Stream Video",
            ),
        ),
    ),
    Vendor(
        "100ms", "100ms", ("100ms",), (Sdk("@100mslive/hms-video-store", "", _ALL, suite="100ms"),)
    ),
    Vendor(
        "realtimekit",
        "Cloudflare RealtimeKit",
        ("realtimekit",),
        (Sdk("@cloudflare/realtimekit", "baseURI", suite="RealtimeKit"),),
        hosts={"*": "{}.realtime.cloudflare.com"},
    ),
    Vendor(
        "peerjs",
        "PeerJS",
        ("peerjs",),
        (Sdk("peerjs", "host, port, secure, path", suite="PeerJS"),),
        server="0.peerjs.com",
        fixed="0.peerjs.com",
        below="/peerjs",
    ),
)

_VOICE_AND_MESSAGES = (
    Vendor("telnyx", "Telnyx", ("telnyx",), (Sdk("@telnyx/webrtc", "host", suite="Telnyx"),)),
    Vendor(
        "vonage-client",
        "Vonage Client SDK",
        ("vonage-client",),
        (
            Sdk(
                "@vonage/client-sdk",
                "apiUrl, websocketUrl, websocketPath",
                suite="Vonage Client",
            ),
        ),
    ),
    Vendor(
        "sendbird",
        "Sendbird Calls",
        ("sendbird",),
        (Sdk("sendbird-calls", "init", suite="Sendbird Calls"),),
    ),
    Vendor(
        "plivo",
        "Plivo",
        ("plivo",),
        (
            Sdk(
                "plivo-browser-sdk",
                "registrationDomainSocket",
                "sounds, statistics, logs",
                suite="Plivo",
            ),
        ),
    ),
    Vendor(
        "signalwire",
        "SignalWire",
        ("signalwire",),
        (
            Sdk(
                "@signalwire/js",
                "host",
                "everything, if the token has `ch` in its header",
                suite="SignalWire",
            ),
        ),
    ),
    Vendor(
        "azure",
        "Azure chat, Web PubSub and SignalR",
        ("azure",),
        (
            Sdk(
                "@azure/communication-chat",
                "ChatClient",
                "notifications, whose hosts an answer names",
                suite="ACS Chat",
                also=("acs",),
            ),
            Sdk("@azure/web-pubsub-client", "getClientAccessUrl", suite="Azure Web PubSub"),
            Sdk(
                "@microsoft/signalr",
                "withUrl",
                "Azure SignalR Service, which the app's answer names",
                suite="Azure SignalR",
            ),
        ),
    ),
)

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor for vendor in (*_NAMED_BY_VENDORS, *_CALLS, *_VOICE_AND_MESSAGES)
}
