"""What it means that a TURN server relays, or does not: for people, with what to mend."""

from collections.abc import Iterator, Mapping

from sigproxy.policies.targets import AddressPolicy
from sigproxy.tools.doctor.finding import Finding, Maker, failure, seconds, warning, well
from sigproxy.tools.doctor.turn.relaying import RelaySeen
from sigproxy.tools.doctor.turn.way import Obstacle

LOSS_NOTABLE = 0.03  # speech has gaps
SLOW_S = 0.4  # people talk over each other
_PUBLIC = AddressPolicy()
_REMEDY = "whoever runs the TURN server finds the reason in its log"


def judge(
    seen: RelaySeen, realm: str, remedies: Mapping[str, str], told: Maker = failure
) -> Iterator[Finding]:
    """Yield what *seen* says; *realm* is the configured one, "" if nobody knows it here.

    *remedies*, by token, are for whoever looks: an operator, or a user of the network. *told*
    makes the finding of a way that does not work; where there are others it may be a warning.
    """
    name, challenge = seen.way.name, seen.challenge
    if seen.obstacle is not None:
        yield _stopped(seen, seen.obstacle, remedies, told)
    elif seen.echo is not None and seen.relayed is not None and challenge is not None:
        yield _echoed(seen, remedies, told)
    if challenge is not None and realm and challenge.realm != realm:
        yield warning(
            name,
            "turn_other_realm",
            f"its realm is {challenge.realm!r}, and the gateway tells native SDKs {realm!r}",
            "make turn.realm and the TURN server's realm the same",
        )
    if seen.relayed is not None and not _PUBLIC.allows(seen.relayed.ip):
        yield warning(
            name,
            "turn_relay_private",
            f"it relays at {seen.relayed.ip}, which is not a public address",
            "set coturn's external-ip to its public address, unless all who call are inside",
        )


def _echoed(seen: RelaySeen, remedies: Mapping[str, str], told: Maker) -> Finding:
    name, echo, relayed, challenge = seen.way.name, seen.echo, seen.relayed, seen.challenge
    assert echo is not None
    assert relayed is not None
    assert challenge is not None
    came = echo.sent - echo.lost
    what = f"relays at {relayed.ip}: {came} of {echo.sent} packets came back"
    if not came:
        return told(name, "media_failed", what, remedies["media_failed"])
    what += f", RTT {seconds(echo.rtt_s)}"
    if echo.lost >= echo.sent * LOSS_NOTABLE:
        return warning(name, "media_lossy", what, remedies["media_lossy"])
    if echo.slow_s >= SLOW_S:
        slow = f"{what} ({seconds(echo.slow_s)} for the slowest)"
        return warning(name, "media_slow", slow, remedies["media_slow"])
    software = f" ({challenge.software})" if challenge.software else ""
    return well(name, what + software)


def _stopped(seen: RelaySeen, stop: Obstacle, remedies: Mapping[str, str], told: Maker) -> Finding:
    token = stop.fault.token
    what = f"the {stop.step} failed: {stop.fault.detail}"
    if token == "certificate_untrusted":
        what = f"its certificate is issued by {stop.fault.authority}, which is not trusted here"
    elif token == "turn_silent":
        what = f"{seen.way.carrier.upper()} to {seen.way.place}: {stop.fault.detail}"
    elif token == "connection_refused":
        what = f"{seen.way.place} refuses {seen.way.carrier.upper()}"
    remedy = remedies.get(f"{token} {seen.way.carrier}") or remedies.get(token, _REMEDY)
    return told(seen.way.name, token, what, remedy.format(place=seen.way.place))
