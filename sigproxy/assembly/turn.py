"""Build from the settings what [turn] says, and who gets credentials."""

from sigproxy import ice_page
from sigproxy.assembly.callers import build_callers
from sigproxy.config import TurnSettings
from sigproxy.media.answer import answer
from sigproxy.policies.turn import Turn
from sigproxy.semantics.authority import Authority


def build_turn(settings: TurnSettings) -> Turn:
    """Return the TURN server of *settings*, of which ``load`` has read the secrets."""
    modes = [mode for mode in settings.modes if mode != "tls" or settings.tls_port]
    return Turn(
        name=settings.name or "",
        addresses=settings.addresses,
        realm=settings.realm or settings.name or "",
        secrets=settings._secrets,
        ttl_s=settings.ttl_s,
        udp_port=settings.udp_port,
        tls_port=settings.tls_port,
        tcp_port=settings.tcp_port,
        stun=settings.stun,
        modes=tuple(modes),
    )


def relay_address(settings: TurnSettings) -> Authority | None:
    """Return where coturn expects the gateway; the setting always names a port."""
    return None if settings.relay is None else Authority.parse(settings.relay.encode())


def build_ice_page(settings: TurnSettings) -> ice_page.Page:
    callers = build_callers(settings, "/-/ice", "[turn]", "TURN credentials", is_open=settings.open)
    return ice_page.Page(build_turn(settings), callers, answer)
