"""Which mode an app should ask for, and which firewall rule is missing."""

from collections.abc import Sequence

from sigproxy.semantics.ice import Carrier
from sigproxy.tools.doctor.finding import Finding, failure, seconds, warning, well
from sigproxy.tools.doctor.turn.relaying import RelaySeen

NAME = "modes"
_BLOCKED = ("turn_silent", "turn_unreachable", "connection_refused", "dns_error")
_CARRIERS: tuple[Carrier, ...] = ("udp", "tcp", "tls")


def judge(seen: Sequence[RelaySeen], modes: Sequence[str]) -> Finding:
    """Return the verdict on media; *modes* are those that the gateway offers, if it says so."""
    works = {each: rtt_s for each in _CARRIERS if (rtt_s := _best(seen, each)) is not None}
    missing = [each for each in seen if each.way.carrier not in works]
    times = ", ".join(f"{each.upper()} {seconds(rtt_s)}" for each, rtt_s in works.items())
    if not works:
        what = "no way for media: calls connect, and nobody is heard or seen"
        return failure(NAME, "media_blocked", what, _rules(missing))
    if not missing:
        return well(NAME, f"every way works, and mode=auto takes the best (RTT: {times})")
    if "udp" in works:
        what = f"media goes over UDP; where that is blocked there is no other way (RTT: {times})"
        return warning(NAME, "turn_fallback_blocked", what, _rules(missing))
    mode = "tls" if "tls" in works and (not modes or "tls" in modes) else "auto"
    what = f"media goes over {' and '.join(works).upper()} alone; use mode={mode} (RTT: {times})"
    return warning(NAME, "udp_blocked", what, _rules(missing))


def _best(seen: Sequence[RelaySeen], carrier: Carrier) -> float | None:
    times = [
        each.echo.rtt_s
        for each in seen
        if each.way.carrier == carrier and each.echo is not None and each.echo.rtts_s
    ]
    return min(times, default=None)


def _rules(missing: Sequence[RelaySeen]) -> str:
    """Return the firewall rules that would mend it, as far as a firewall is what is in the way."""
    blocked = [
        each.way
        for each in missing
        if each.obstacle is not None and each.obstacle.fault.token in _BLOCKED
    ]
    rules = dict.fromkeys(
        f"{'UDP' if way.carrier == 'udp' else 'TCP'} to {way.place}" for way in blocked
    )
    if not rules:
        return "mend what is reported of them"
    return f"the missing firewall rule: {' and '.join(rules)}"
