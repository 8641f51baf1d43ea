"""Services of video calls: Vonage, Daily, Chime, LiveKit, Twilio, Stream and others."""

from sigproxy.presets.preset import Host, Preset

_VONAGE_PAGE = (
    'docs 2026-11-21, Vonage API Support, "What are the firewall requirements to use TokBox?"'
)
_DAILY_PAGE = 'docs 2026-11-21, Daily, "Networking Guide" (corporate firewalls)'
_TURN = "or TURN servers of your own, where the SDK takes them"

VONAGE = Preset(
    name="vonage",
    title="Vonage Video API (OpenTok)",
    dialect="path",
    hosts=(
        # The page names both suffixes, TCP 443. Seen: config, anvil, static, mantis-*; hlg.
        Host("*.opentok.com", "sessions, signaling, static files", _VONAGE_PAGE),
        Host("*.tokbox.com", "logs", _VONAGE_PAGE),
    ),
    essential=(
        "config.opentok.com",
        "anvil.opentok.com",
        "mantis-prod-us.opentok.com",
    ),
    # docs: the same page, and "Configurable TURN servers"
    media=(
        "Vonage's servers, TCP 443 at the least, better UDP 3478, best UDP 1025-65535; or TURN "
        "servers of your own (iceConfig)."
    ),
    assigned=("mantis-prod-us.opentok.com",),
)

DAILY = Preset(
    name="daily",
    title="Daily",
    dialect="path",
    hosts=(
        # Seen: c, gs; on the page: b, and *.wss for signaling.
        Host("*.daily.co", "call bundle, dispatch, rooms, signaling", _DAILY_PAGE),
        Host("*.dailywebrtc.com", "the same, when .co fails", _DAILY_PAGE),
        Host("*.dailywebrtc.net", "the same, when .co fails", _DAILY_PAGE),
        Host("prod-ks.pluot.blue", "ICE negotiation", _DAILY_PAGE),
    ),
    essential=("c.daily.co", "gs.daily.co", "a.wss.daily.co", "prod-ks.pluot.blue"),
    media=(
        "Daily's media servers and the TURN servers in its Networking Guide, or TURN servers of "
        "your own (setIceConfig)."
    ),
    assigned=("a.wss.daily.co",),
)

CHIME = Preset(
    name="chime",
    title="Amazon Chime SDK, meetings",
    dialect="path",
    hosts=(
        Host(
            "*.chime.aws",
            "signaling, data messages, events",
            'docs 2026-11-21, AWS, "Configuring your network for Amazon Chime SDK meetings"',
        ),
    ),
    essential=("signal.m1.ue1.app.chime.aws",),
    media="*.chime.aws (99.77.128.0/18), UDP 3478, or TLS on TCP 443 where UDP is blocked.",
    assigned=("signal.m1.ue1.app.chime.aws",),
)

LIVEKIT = Preset(
    name="livekit",
    title="LiveKit Cloud",
    dialect="path",
    hosts=(
        Host(
            "*.livekit.cloud",
            "signaling",
            'docs 2026-11-28, LiveKit, "Configuring firewalls" (TCP 443)',
        ),
    ),
    essential=("project.livekit.cloud",),
    media=f"LiveKit's servers and its TURN servers, TLS on TCP 443 at the least; {_TURN}.",
    assigned=("project.livekit.cloud",),
)

TWILIO = Preset(
    name="twilio",
    title="Twilio Voice and Video",
    dialect="path",
    hosts=(
        # voice-js.<edge>, eventgw.<region>, global.vss, sdkgw.*, and sounds at sdk.
        Host(
            "*.twilio.com",
            "signaling, events, sounds",
            "wire 2026-11-30, @twilio/voice-sdk 2.18.5 and twilio-video 2.36.0",
        ),
    ),
    essential=("voice-js.roaming.twilio.com", "global.vss.twilio.com"),
    media=f"Twilio's media servers and TURN servers; {_TURN}.",
)

_STREAM = "wire 2026-11-28, @stream-io/video-client 1.60.0"

STREAM = Preset(
    name="stream",
    title="Stream Video",
    dialect="path",
    hosts=(
        Host("video.stream-io-api.com", "calls, events", _STREAM),
        # hint, and sfu-*, which the answer to joining names.
        Host("*.stream-io-video.com", "location, media servers' signaling", _STREAM),
    ),
    essential=("video.stream-io-api.com", "hint.stream-io-video.com"),
    media=f"Stream's media servers; {_TURN}.",
)

HMS = Preset(
    name="100ms",
    title="100ms",
    dialect="path",
    hosts=(
        Host(
            "*.100ms.live",
            "configuration, signaling, events",
            "wire 2026-11-28, @100mslive/hms-video-store 0.15.2",
        ),
    ),
    essential=("prod-init.100ms.live", "event.100ms.live"),
    media=f"100ms' media servers; {_TURN}.",
)

REALTIMEKIT = Preset(
    name="realtimekit",
    title="Cloudflare RealtimeKit",
    dialect="path",
    hosts=(
        # api, api-silos, socket-edge, location, location-legacy, da-collector
        Host(
            "*.realtime.cloudflare.com",
            "meetings, signaling, location, telemetry",
            "wire 2026-11-28, @cloudflare/realtimekit 2.0.2",
        ),
        # The same, and flags
        Host("*.dyte.io", "releases before 1.4", "wire 2026-11-30, @cloudflare/realtimekit 1.2.5"),
    ),
    essential=("api.realtime.cloudflare.com", "socket-edge.realtime.cloudflare.com"),
    media=f"Cloudflare's media servers and its TURN servers; {_TURN}.",
)

PEERJS = Preset(
    name="peerjs",
    title="PeerJS, its public server",
    dialect="path",
    hosts=(Host("0.peerjs.com", "names of peers, signaling", "wire 2026-11-28, peerjs 1.5.5"),),
    essential=("0.peerjs.com",),
    media=f"From peer to peer, or PeerJS' TURN servers; {_TURN}.",
)
