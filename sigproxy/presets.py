"""The vendors' hosts: the setting `presets` of a route adds them to its `targets`.

A comment beside each entry names its source:

    wire   requests recorded from the SDKs, or names in the SDKs' code
    docs   the vendor's own page, by its title

An entry is a suffix if the service assigns host names during a call, else a whole name. Suffixes
of the vendors' pages under which anybody can register names (azureedge.net, cloudfront.net) are
left out: they would open the gateway to strangers' hosts.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Host:
    """One host pattern, as in `targets` (no port means 443), and what it is needed for."""

    pattern: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One vendor's hosts.

    `essential` lists the hosts (host or host:port) that every call needs, or an example if the
    service assigns the name. A route that covers them all serves this vendor. `assigned` lists
    those examples: whether such a name exists at the moment, nobody knows. `media` says how audio
    and video travel; they never pass through the gateway.
    """

    name: str
    title: str
    dialect: Literal["path", "query"]
    hosts: tuple[Host, ...]
    essential: tuple[str, ...]
    media: str
    assigned: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(host.pattern for host in self.hosts)


_ACS = Preset(
    name="acs",
    title="Azure Communication Services, calling",
    dialect="path",
    # docs: Microsoft Learn, "Network recommendations" (Firewall configuration) lists *.skype.com,
    # *.microsoft.com, *.azure.net and more; these are the names below them that the SDK uses.
    hosts=(
        # wire: ecs, go.trouter, go-eu.trouter, registrar, auth.relay, global.mtgw.prod; trouter
        # hands out pub-*.trouter.communication.microsoft.com.
        Host("*.communication.microsoft.com", "configuration, trouter, registrar, relay tokens"),
        # wire: api.flightproxy, edge, api.cc, api.userstore, prod.registrar (SDK 1.25); call
        # setup hands out more.
        Host("*.skype.com", "call setup and call control, TURN credentials"),
        # wire: {ic3,eu-ic3,teams,eu-teams,tb,pf,browser}.events.data.microsoft.com
        Host("*.events.data.microsoft.com", "telemetry"),
        # wire: config, teams, api.flightproxy, go.trouter; a wildcard excludes the name itself.
        Host("*.teams.microsoft.com", "configuration and call control on Teams hosts"),
        Host("teams.microsoft.com", "configuration and call control on Teams hosts"),
        # wire: prod.mediabroker.communications.svc.cloud.microsoft; only Microsoft can register
        # names below .microsoft.
        Host("*.svc.cloud.microsoft", "media broker"),
        Host("*.static.microsoft", "static files"),
        # wire, in the SDK's code; the first also with a region in front: emea, jpc.
        Host("pptservicescast.officeapps.live.com", "PowerPoint Live"),
        Host("*.pptservicescast.officeapps.live.com", "PowerPoint Live"),
        Host("statics.teams.cdn.office.net", "static files"),
        Host("res.cdn.office.net", "static files"),
        Host("api.userstore-dev.skype.net", "user settings"),
    ),
    essential=(
        "ecs.communication.microsoft.com",
        "go.trouter.communication.microsoft.com",
        "registrar.communication.microsoft.com",
        "edge.skype.com",
        "api.flightproxy.skype.com",
    ),
    # docs: the same page (Firewall configuration), and "Proxy your calling traffic"
    media=(
        "Microsoft's relays, UDP 3478-3481 and TCP 443, or a TURN server of your own that the app "
        "names (networkConfiguration.turn on the web, setIceServers on Android)."
    ),
)

_ACS_GOV = Preset(
    name="acs-gov",
    title="Azure Communication Services, US government clouds",
    dialect="path",
    hosts=(
        # wire: config.ecs.gov, go.trouter.gov and gov itself (the registrar), with a gcch token;
        # dod likewise, in the SDK's code.
        Host("*.teams.microsoft.us", "configuration, trouter, registrar, call control"),
        # wire, in the SDK's code only: air-gapped clouds.
        Host("*.teams.eaglex.ic.gov", "the same in an air-gapped cloud"),
        Host("*.teams.microsoft.scloud", "the same in an air-gapped cloud"),
        # wire: SDK 2.0.0 and 1.25.1 with a gcch token ask these hosts of the public cloud as well,
        # until their configuration names others.
        Host("ecs.communication.microsoft.com", "configuration, before the token is known"),
        Host("edge.skype.com", "TURN credentials"),
        Host("*.flightproxy.skype.com", "call setup"),
        Host("*.events.data.microsoft.com", "telemetry"),
    ),
    essential=(
        "config.ecs.gov.teams.microsoft.us",
        "go.trouter.gov.teams.microsoft.us",
        "gov.teams.microsoft.us",
        "edge.skype.com",
        "api.flightproxy.skype.com",
    ),
    media="That cloud's relays, or a TURN server of your own, as in the public cloud.",
)

_WATCHRTC = Preset(
    name="watchrtc",
    title="watchRTC (Cyara, testRTC)",
    dialect="path",
    hosts=(
        # wire: the SDK's production and staging servers, and production's former name.
        Host("watchrtc-server.cyara.com", "statistics of calls"),
        Host("watchrtc.spearline.dev", "statistics of calls, staging"),
        Host("watchrtc.testrtc.com", "statistics of calls, older SDKs"),
    ),
    essential=("watchrtc-server.cyara.com",),
    media="None: watchRTC only reports on the calls of another SDK.",
)

# wire: the access points and reports are on 443; web SDK 4.3 reports to 6443; the access point
# hands out edges, <address>.edge.agora.io and .edge.sd-rtn.com, with ports from 4000 up.
_AGORA_PORTS = (
    ("", "access points, reports, logs"),
    (":4000-4999", "edges: signaling in a channel"),
    (":6443", "reports of older SDKs"),
)
# wire: both in web SDK 4.24; .agoraio.cn in 4.3.
_AGORA_SUFFIXES = ("*.agora.io", "*.sd-rtn.com", "*.agoraio.cn")

_AGORA = Preset(
    name="agora",
    title="Agora, web SDK",
    dialect="query",
    hosts=tuple(
        Host(suffix + ports, purpose)
        for suffix in _AGORA_SUFFIXES
        for ports, purpose in _AGORA_PORTS
    ),
    essential=(
        "webrtc2-ap-web-1.agora.io",
        "1-2-3-4.edge.agora.io:4700",
    ),
    assigned=("1-2-3-4.edge.agora.io:4700",),
    # docs: Agora, "Connect through restricted networks with Cloud Proxy"
    media=(
        "Agora's edges over UDP, or Agora's Cloud Proxy (startProxyServer), for which Agora hands "
        "out the addresses to open; it excludes setProxyServer. setTurnServer names a TURN server "
        "of your own."
    ),
)

_VONAGE = Preset(
    name="vonage",
    title="Vonage Video API (OpenTok)",
    dialect="path",
    hosts=(
        # docs: Vonage API Support, "What are the firewall requirements to use TokBox?" names both
        # suffixes, TCP 443. wire: config, anvil, static, mantis-*; hlg.
        Host("*.opentok.com", "sessions, signaling, static files"),
        Host("*.tokbox.com", "logs"),
    ),
    essential=(
        "config.opentok.com",
        "anvil.opentok.com",
        "mantis-prod-us.opentok.com",
    ),
    assigned=("mantis-prod-us.opentok.com",),
    # docs: the same page, and "Configurable TURN servers"
    media=(
        "Vonage's servers, TCP 443 at the least, better UDP 3478, best UDP 1025-65535; or TURN "
        "servers of your own (iceConfig)."
    ),
)

_DAILY = Preset(
    name="daily",
    title="Daily",
    dialect="path",
    # docs: Daily, "Networking Guide" (corporate firewalls)
    hosts=(
        # wire: c, gs; docs: b, and *.wss for signaling.
        Host("*.daily.co", "call bundle, dispatch, rooms, signaling"),
        Host("*.dailywebrtc.com", "the same, when .co fails"),
        Host("*.dailywebrtc.net", "the same, when .co fails"),
        Host("prod-ks.pluot.blue", "ICE negotiation"),
    ),
    essential=("c.daily.co", "gs.daily.co", "a.wss.daily.co", "prod-ks.pluot.blue"),
    assigned=("a.wss.daily.co",),
    media=(
        "Daily's media servers and the TURN servers in its Networking Guide, or TURN servers of "
        "your own (setIceConfig)."
    ),
)

_CHIME = Preset(
    name="chime",
    title="Amazon Chime SDK, meetings",
    dialect="path",
    # docs: AWS, "Configuring your network for Amazon Chime SDK meetings"
    hosts=(Host("*.chime.aws", "signaling, data messages, events"),),
    essential=("signal.m1.ue1.app.chime.aws",),
    assigned=("signal.m1.ue1.app.chime.aws",),
    media="*.chime.aws (99.77.128.0/18), UDP 3478, or TLS on TCP 443 where UDP is blocked.",
)

PRESETS: dict[str, Preset] = {
    preset.name: preset for preset in (_ACS, _ACS_GOV, _WATCHRTC, _AGORA, _VONAGE, _DAILY, _CHIME)
}
