"""Which URLs a mode offers. The modes are Agora's: automatic, force UDP, force TLS on 443.

auto    all of them; ICE tries them at once, and UDP wins where it works
udp     UDP alone, and relayed
tls     TLS alone, and relayed

Plain TCP is in `auto` only, and only where a port for it is set: a browser prefers it to TLS, and
a firewall that looks into connections may end it later.
"""

from typing import Literal

from sigproxy.errors import ModeRefused
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.authority import Authority

MODES = ("auto", "udp", "tls")
FORCED = frozenset({"udp", "tls"})


def udp(turn: Turn) -> str | None:
    return f"turn:{turn.name}:{turn.udp_port}?transport=udp" if turn.udp_port else None


def tcp(turn: Turn) -> str | None:
    return f"turn:{turn.name}:{turn.tcp_port}?transport=tcp" if turn.tcp_port else None


def tls(turn: Turn) -> str | None:
    """Return the URL that a browser dials by TLS; `transport` is for readers that do not know."""
    return f"turns:{turn.name}:{turn.tls_port}?transport=tcp" if turn.tls_port else None


def stun(turn: Turn, mode: str) -> list[str]:
    """Return the URLs that tell a client its own address: of no use where all is relayed."""
    if mode in FORCED or not turn.stun or not turn.udp_port:
        return []
    return [f"stun:{turn.name}:{turn.udp_port}"]


def relays(turn: Turn, mode: str) -> list[str]:
    """Return the TURN URLs of *mode*; raise ModeRefused if there are none."""
    makers = {"udp": (udp,), "tls": (tls,)}.get(mode, (udp, tcp, tls))
    urls = [url for make in makers if (url := make(turn)) is not None]
    if not urls:
        raise ModeRefused(_lacking(mode))
    return urls


def policy(mode: str) -> Literal["all", "relay"]:
    """Return the RTCIceTransportPolicy; what is forced must not go past the relay."""
    return "relay" if mode in FORCED else "all"


def servers(mode: str, turn: Turn, credential: Credential) -> list[object]:
    """Return a standard RTCIceServer list."""
    relay = {
        "urls": relays(turn, mode),
        "username": credential.username,
        "credential": credential.password,
    }
    return [*({"urls": [url]} for url in stun(turn, mode)), relay]


def has_name(turn: Turn) -> bool:
    """Whether clients dial a name, which some SDKs need for TLS."""
    return not Authority.parse(turn.name.encode()).is_ip


def _lacking(mode: str) -> str:
    if mode in FORCED:
        return f"this gateway offers no TURN over {mode.upper()}: {mode}_port in [turn] is 0"
    return "this gateway offers no TURN: udp_port, tls_port and tcp_port in [turn] are all 0"
