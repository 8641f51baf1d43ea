"""Which mode an app should ask for, and which firewall rule is missing.

The tokens are those of the network test's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sigproxy.semantics.ice import Carrier
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well
from sigproxy.tools.doctor.turn.relaying import RelaySeen

NAME = "modes"
_BLOCKED = ("turn_silent", "turn_unreachable", "connection_refused", "dns_error")
_CARRIERS: tuple[Carrier, ...] = ("udp", "tcp", "tls")


@dataclass(frozen=True, slots=True)
class MediaSeen:
    """*ways*: each that the ICE servers name. *modes*: what the gateway offers, if it says so.

    *turn_server*: whether the gateway itself reaches it. *only_443*: TCP is silent where UDP is.
    """

    ways: tuple[RelaySeen, ...]
    modes: tuple[str, ...] = ()
    turn_server: bool | None = None
    only_443: bool = False


def judge(seen: MediaSeen) -> Finding:
    works = {each: rtt_s for each in _CARRIERS if (rtt_s := _best(seen.ways, each)) is not None}
    missing = [each for each in seen.ways if each.way.carrier not in works]
    if not works:
        return _none(seen)
    times = ", ".join(f"{each.upper()} {seconds(rtt_s)}" for each, rtt_s in works.items())
    if not missing:
        return well(NAME, f"every way works, and mode=auto takes the best (RTT: {times})")
    if "udp" in works:
        what = f"media goes over UDP; where that is blocked there is no other way (RTT: {times})"
        return warning(NAME, "turn_tls_blocked", what, _rules(missing))
    mode = "tls" if "tls" in works and (not seen.modes or "tls" in seen.modes) else "auto"
    what = f"media goes over {' and '.join(works).upper()} alone; use mode={mode} (RTT: {times})"
    return warning(NAME, _why_no_udp(seen), what, _rules(missing))


def _none(seen: MediaSeen) -> Finding:
    what = "no way for media: calls connect, and nobody is heard or seen"
    if any(each.relayed is not None for each in seen.ways):
        remedy = "the operator has to let relays reach one another: `sigproxy coturn` says how"
        return failure(NAME, "media_failed", what, remedy)
    if any(_token(each) == "turn_credentials_refused" for each in seen.ways):
        remedy = "the operator has to give gateway and TURN server one secret"
        return failure(NAME, "turn_credentials_refused", what, remedy)
    if seen.turn_server is False:
        remedy = "the operator has to start the TURN server, or to correct turn.relay"
        what += "; the gateway itself cannot reach its TURN server"
        return failure(NAME, "turn_unreachable", what, remedy)
    token = "media_blocked" if seen.turn_server else "turn_silent"
    return failure(NAME, token, what, _rules(seen.ways))


def _why_no_udp(seen: MediaSeen) -> str:
    udp = [_token(each) for each in seen.ways if each.way.carrier == "udp"]
    if "dns_error" in udp:  # all that gets out goes through the proxy, names too
        return "http_proxy_only"
    return "only_443" if seen.only_443 else "udp_blocked"


def _best(ways: Sequence[RelaySeen], carrier: Carrier) -> float | None:
    times = [
        each.echo.rtt_s
        for each in ways
        if each.way.carrier == carrier and each.echo is not None and each.echo.rtts_s
    ]
    return min(times, default=None)


def _token(seen: RelaySeen) -> str:
    return "" if seen.obstacle is None else seen.obstacle.fault.token


def _rules(missing: Sequence[RelaySeen]) -> str:
    """Return the firewall rules that would mend it, as far as a firewall is what is in the way."""
    rules = dict.fromkeys(
        f"{'UDP' if each.way.carrier == 'udp' else 'TCP'} to {each.way.place}"
        for each in missing
        if _token(each) in _BLOCKED
    )
    if not rules:
        return "; ".join(
            f"mend {_token(each) or 'what is lost'} of {each.way.name}" for each in missing
        )
    return f"the missing firewall rule: {' and '.join(rules)}"
