"""Which URLs a mode offers. The modes are Agora's: automatic, force UDP, force TLS on 443.

auto    all URLs; ICE tries them at the same time, and UDP wins where it works
udp     only UDP, and everything is relayed
tls     only TLS, and everything is relayed

Plain TCP is offered in `auto` only, and only if a port is set for it: browsers prefer it to TLS,
and a firewall that inspects connections may close it later.
"""

from typing import Literal

from sigproxy.errors.media import ModeRefused
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.authority import Authority

MODES = ("auto", "udp", "tls")
FORCED = frozenset({"udp", "tls"})


def udp(turn: Turn) -> str | None:
    return f"turn:{turn.name}:{turn.udp_port}?transport=udp" if turn.udp_port else None


def tcp(turn: Turn) -> str | None:
    return f"turn:{turn.name}:{turn.tcp_port}?transport=tcp" if turn.tcp_port else None


def tls(turn: Turn) -> str | None:
    """Return the URL for TLS; browsers need no `transport` there, but some SDKs read it."""
    return f"turns:{turn.name}:{turn.tls_port}?transport=tcp" if turn.tls_port else None


def stun(turn: Turn, mode: str) -> list[str]:
    """Return the STUN URLs, which tell a client its public address: no use if all is relayed."""
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
    """Return the RTCIceTransportPolicy: in a forced mode, no media may bypass the relay."""
    return "relay" if mode in FORCED else "all"


def servers(mode: str, turn: Turn, credential: Credential) -> list[object]:
    """Return a standard RTCIceServer list."""
    stuns: list[object] = [{"urls": [url]} for url in stun(turn, mode)]
    return [*stuns, relay(mode, turn, credential)]


def relay(mode: str, turn: Turn, credential: Credential) -> dict[str, object]:
    """Return the RTCIceServer with all TURN URLs of *mode*."""
    return {
        "urls": relays(turn, mode),
        "username": credential.username,
        "credential": credential.password,
    }


def has_name(turn: Turn) -> bool:
    """Whether clients dial a name and not an address: some SDKs need one for TLS."""
    return not Authority.parse(turn.name.encode()).is_ip


def _lacking(mode: str) -> str:
    if mode in FORCED:
        return f"this gateway offers no TURN over {mode.upper()}: {mode}_port in [turn] is 0"
    return "this gateway offers no TURN: udp_port, tls_port and tcp_port in [turn] are all 0"
