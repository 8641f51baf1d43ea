"""Where the vendors' media goes, as data: the networks, hosts and ports that they publish.

The rows of each vendor come from one page, named with its date, or with the day on which it was
read if it has none. Ranges change, and some vendors publish them for customers only: their rows say
whom to ask. Addresses for tests, such as Agora's of 2020, are left out, since nobody knows whose
they are today.
"""

from dataclasses import dataclass
from ipaddress import ip_network

UDP, TCP = "UDP", "TCP/TLS"
_READ = "read 2026-11-28"


@dataclass(frozen=True, slots=True)
class MediaVendor:
    """A vendor's media servers: `rows` are (destination, protocol, port), as firewalls take them.

    `presets` and `signaling` tell whether a gateway serves this vendor: a preset of these names,
    or a route that reaches this host.
    """

    name: str
    presets: tuple[str, ...]
    signaling: str
    source: str
    dated: str
    rows: tuple[tuple[str, str, str], ...]

    @property
    def networks(self) -> tuple[str, ...]:
        """Return the destinations that are networks, each once."""
        return tuple(dict.fromkeys(row[0] for row in self.rows if is_network(row[0])))


def is_network(destination: str) -> bool:
    try:
        ip_network(destination)
    except ValueError:
        return False
    return True


_ACS = MediaVendor(
    "acs",
    ("acs",),  # the government clouds have other networks
    "edge.skype.com",
    'Microsoft Learn, "Network recommendations"',
    _READ,
    (("20.202.0.0/16", UDP, "3478-3481"), ("20.202.0.0/16", TCP, "443")),
)
_AGORA = MediaVendor(
    "agora",
    ("agora",),
    "webrtc2-ap-web-1.agora.io",
    'docs.agora.io, "IP addresses for Cloud Proxy": per customer, region and SDK; ask Agora',
    _READ,
    (("Agora's edges, any address", UDP, "any"), ("Agora's Cloud Proxy", TCP, "443")),
)
_VONAGE = MediaVendor(
    "vonage",
    ("vonage",),
    "anvil.opentok.com",
    'Vonage API Support, "network connectivity requirements"; a list of addresses is an add-on',
    _READ,
    (
        ("*.opentok.com", TCP, "443"),
        ("*.tokbox.com", TCP, "443"),
        ("Vonage's servers, any address", UDP, "3478, better 1025-65535"),
    ),
)
_DAILY = MediaVendor(
    "daily",
    ("daily",),
    "gs.daily.co",
    'docs.daily.co, "Networking Guide"; addresses: ip-info.daily.co/ips/ip-info.json',
    _READ,
    (
        ("Daily's servers", UDP, "23000-26999"),
        ("Daily's servers", UDP, "40000-49999"),
        ("Daily's servers", TCP, "40000-49999"),
        ("stun.cloudflare.com", UDP, "53, 3478"),
        ("turn.cloudflare.com", UDP, "53, 3478"),
        ("turn.cloudflare.com", TCP, "80, 443, 3478, 5349"),
        ("*.stun.twilio.com", UDP, "3478"),
        ("*.turn.twilio.com", UDP, "3478"),
        ("*.turn.twilio.com", TCP, "443"),
    ),
)
_CHIME = MediaVendor(
    "chime",
    ("chime",),
    "signal.m1.ue1.app.chime.aws",
    'AWS, "Configuring your network for Amazon Chime SDK meetings"',
    _READ,
    (("99.77.128.0/18", UDP, "3478"), ("99.77.128.0/18", TCP, "443")),
)
_TWILIO_NETWORKS = (
    *("13.210.2.128/27", "54.252.254.64/26", "3.25.42.128/25"),  # au1
    *("18.231.105.32/27", "177.71.206.192/26", "18.230.125.0/25"),  # br1
    *("52.59.186.0/27", "18.195.48.224/27", "18.156.18.128/25"),  # de1
    *("52.66.193.96/27", "52.66.194.0/26", "3.7.35.128/25"),  # in1
    *("52.215.253.0/26", "54.171.127.192/26", "52.215.127.0/24", "3.249.63.128/25"),  # ie1
    *("13.115.244.0/27", "54.65.63.192/26", "18.180.220.128/25"),  # jp1
    *("13.229.255.0/27", "54.169.127.128/26", "18.141.157.128/25"),  # sg1
    *("34.203.254.0/24", "54.172.60.0/23", "34.203.250.0/23", "3.235.111.128/25"),  # us1
    *("34.216.110.128/27", "54.244.51.0/24", "44.234.69.0/25"),  # us2
)
_TWILIO = MediaVendor(
    "twilio",
    (),
    "global.vss.twilio.com",
    "twilio.com/docs/video/ip-addresses",
    "2026-03-24",
    tuple(
        (network, protocol, ports)
        for network in _TWILIO_NETWORKS
        for protocol, ports in ((UDP, "3478, 10000-60000"), (TCP, "443"))
    ),
)
_LIVEKIT = MediaVendor(
    "livekit",
    (),
    "project.livekit.cloud",
    "docs.livekit.io, firewall",
    _READ,
    (
        ("*.host.livekit.cloud", UDP, "3478, 50000-60000"),
        ("*.host.livekit.cloud", TCP, "7881"),
        ("*.turn.livekit.cloud", TCP, "443"),
    ),
)
_TRTC = MediaVendor(
    "trtc",
    (),
    "signaling.rtc.qcloud.com",
    "cloud.tencent.com, faq 647/34399",
    _READ,
    (
        ("Tencent's servers, any address", UDP, "443, 843, 8000, 8080, 8800, 16285"),
        ("Tencent's servers, any address", TCP, "443"),
    ),
)

MEDIA_VENDORS: tuple[MediaVendor, ...] = (
    *(_ACS, _AGORA, _VONAGE, _DAILY, _CHIME),
    *(_TWILIO, _LIVEKIT, _TRTC),
)
