"""Services of phone calls and of statistics: watchRTC, Telnyx, Plivo, SignalWire and others."""

from sigproxy.presets.preset import Host, Preset

_WATCHRTC = "wire 2026-11-21, @testrtc/watchrtc-sdk 1.43.1 and 1.30.4"
_TELNYX = "wire 2026-11-28, @telnyx/webrtc 2.27.10"
_VONAGE_CLIENT = "code 2026-11-28, @vonage/client-sdk 2.3.1"
_PLIVO = "wire 2026-11-30, plivo-browser-sdk 2.2.21"
_TURN = "or TURN servers of your own, where the SDK takes them"

WATCHRTC = Preset(
    name="watchrtc",
    title="watchRTC (Cyara, testRTC)",
    dialect="path",
    hosts=(
        # The SDK's production and staging servers, and production's former name.
        Host("watchrtc-server.cyara.com", "statistics of calls", _WATCHRTC),
        Host("watchrtc.spearline.dev", "statistics of calls, staging", _WATCHRTC),
        Host("watchrtc.testrtc.com", "statistics of calls, older SDKs", _WATCHRTC),
    ),
    essential=("watchrtc-server.cyara.com",),
    media="None: watchRTC only reports on the calls of another SDK.",
)

TELNYX = Preset(
    name="telnyx",
    title="Telnyx",
    dialect="path",
    hosts=(
        Host("rtc.telnyx.com", "signaling", _TELNYX),
        Host("*.rtc.telnyx.com", "signaling of a region", _TELNYX.replace("wire", "code")),
    ),
    essential=("rtc.telnyx.com",),
    media=f"Telnyx' media servers and TURN servers; {_TURN}.",
)

VONAGE_CLIENT = Preset(
    name="vonage-client",
    title="Vonage Client SDK (voice)",
    dialect="path",
    hosts=(
        *(
            Host(f"api-{region}.vonage.com", "sessions", _VONAGE_CLIENT)
            for region in ("us", "us-3", "us-4", "eu", "eu-3", "eu-4", "ap", "ap-3", "ap-4")
        ),
        *(
            Host(f"ws-{region}.vonage.com", "signaling", _VONAGE_CLIENT)
            for region in ("us", "us-3", "us-4", "eu", "eu-3", "eu-4", "ap", "ap-3", "ap-4")
        ),
    ),
    essential=("api-us.vonage.com", "ws-us.vonage.com"),
    media=f"Vonage's media servers; {_TURN}.",
)

SENDBIRD = Preset(
    name="sendbird",
    title="Sendbird Calls",
    dialect="path",
    hosts=(
        Host(
            "*.calls.sendbird.com",
            "log-in and signaling: api-<app>, ws-<app>",
            "wire 2026-11-28, sendbird-calls 1.10.21",
        ),
    ),
    essential=("api-app.calls.sendbird.com", "ws-app.calls.sendbird.com"),
    media=f"Sendbird's media servers and TURN servers; {_TURN}.",
    assigned=(
        "api-app.calls.sendbird.com",
        "ws-app.calls.sendbird.com",
    ),
)

PLIVO = Preset(
    name="plivo",
    title="Plivo",
    dialect="path",
    hosts=(
        Host("client.plivo.com", "signaling", _PLIVO),
        Host(
            "client-fb.plivo.com",
            "signaling, when the first fails",
            _PLIVO.replace("wire", "code"),
        ),
        Host("stats.plivo.com", "statistics", _PLIVO),
        Host("insights.plivo.com", "statistics", _PLIVO),
        Host("nimbus.plivo.com", "logs", _PLIVO),
        Host("cdn.plivo.com", "sounds", _PLIVO),
    ),
    essential=("client.plivo.com", "stats.plivo.com"),
    media=f"Plivo's media servers; {_TURN}.",
)

SIGNALWIRE = Preset(
    name="signalwire",
    title="SignalWire",
    dialect="path",
    hosts=(Host("*.signalwire.com", "signaling", "wire 2026-11-28, @signalwire/js 3.30.0"),),
    essential=("relay.signalwire.com",),
    media=f"SignalWire's media servers; {_TURN}.",
)
