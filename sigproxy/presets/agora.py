"""Agora's web SDK, whose requests name their host in the query."""

from sigproxy.presets.preset import Host, Preset

_WIRE = "wire 2026-11-21, agora-rtc-sdk-ng 4.24.8, 4.14.0 and 4.3.0"
_PAGE = 'docs 2026-11-28, Agora, "Firewall requirements"'
# The access points and reports are on 443; web SDK 4.3 reports to 6443; the access point hands out
# edges, <address>.edge.agora.io and .edge.sd-rtn.com, with ports from 4000 up; the vendor's page
# says up to 5000, and has 5668.
_PORTS = (
    ("", "access points, reports, logs", _WIRE),
    (":4000-5000", "edges: signaling in a channel", _PAGE),
    (":5668", "edges: signaling in a channel", _PAGE),
    (":6443", "reports of older SDKs", _WIRE),
)
# The first two in web SDK 4.24; .agoraio.cn in 4.3; the last two on the vendor's page.
_SUFFIXES = (
    ("*.agora.io", ""),
    ("*.sd-rtn.com", ""),
    ("*.agoraio.cn", ""),
    ("*.rtnsvc.com", _PAGE),
    ("*.rtesvc.com", _PAGE),
)

AGORA = Preset(
    name="agora",
    title="Agora, web SDK",
    dialect="query",
    hosts=tuple(
        Host(suffix + ports, purpose, source or seen)
        for suffix, source in _SUFFIXES
        for ports, purpose, seen in _PORTS
    ),
    essential=(
        "webrtc2-ap-web-1.agora.io",
        "1-2-3-4.edge.agora.io:4700",
    ),
    # docs: Agora, "Connect through restricted networks with Cloud Proxy"
    media=(
        "Agora's edges over UDP, or Agora's Cloud Proxy (startProxyServer), for which Agora hands "
        "out the addresses to open; it excludes setProxyServer. setTurnServer names a TURN server "
        "of your own."
    ),
    assigned=("1-2-3-4.edge.agora.io:4700",),
)
