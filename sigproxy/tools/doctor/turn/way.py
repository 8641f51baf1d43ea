"""The ways to a TURN server, and what goes wrong on them."""

import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from sigproxy.semantics.ice import Carrier
from sigproxy.tools.dial import NotAdmitted, ProxyRefuses, ProxyUnreachable
from sigproxy.tools.doctor import faults
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.turn_client import RelaysForAll, TurnError
from sigproxy.tools.turn_link import Link

# RFC 8656, 19.
UNAUTHENTICATED, FORBIDDEN, OTHER_FAMILY, WRONG_CREDENTIALS = 401, 403, 443, 441
QUOTA_REACHED, NO_CAPACITY = 486, 508

Step = Literal["connection", "challenge", "allocation", "permission"]


@dataclass(frozen=True, slots=True)
class Way:
    """*name* is shown: ``"turn udp gateway.example:3478"``; *open* makes a link of its own."""

    name: str
    carrier: Carrier
    place: str
    open: Callable[[], Awaitable[Link]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What ended a probe, at which step; *code* is TURN's, 0 if there is none."""

    step: Step
    fault: Fault
    code: int = 0


def obstacle(step: Step, error: Exception) -> Obstacle:
    """Return what *error* says; it was raised by a link or by a TurnClient."""
    match error:
        case RelaysForAll():
            return Obstacle(step, Fault("turn_open_relay", str(error)))
        case TurnError():
            return Obstacle(step, Fault(_token(step, error.code), str(error)), error.code)
        case TimeoutError():
            return Obstacle(step, Fault("turn_silent", "nothing comes back"))
        case PermissionError():
            return Obstacle(step, Fault("turn_silent", "this machine's own firewall lets none out"))
        case ssl.SSLCertVerificationError():
            return Obstacle(step, faults.of_certificate(error, error.verify_message))
        case ssl.SSLError():
            reason = (error.reason or str(error)).replace("_", " ").lower()
            return Obstacle(step, Fault("tls_error", reason))
        case socket.gaierror():
            return Obstacle(step, Fault("dns_error", error.strerror or str(error)))
        case ConnectionRefusedError():
            return Obstacle(step, Fault("connection_refused", "nobody listens there"))
        case NotAdmitted():
            return Obstacle(step, Fault("address_refused", str(error)))
        case ProxyUnreachable():
            return Obstacle(step, Fault("proxy_unreachable", str(error)))
        case ProxyRefuses():
            return Obstacle(step, Fault("proxy_refused", str(error)))
        case ConnectionError():
            return Obstacle(step, Fault("connection_terminated", str(error)))
        case OSError():
            return Obstacle(step, Fault("turn_unreachable", error.strerror or str(error)))
    raise error


def _token(step: Step, code: int) -> str:
    if step == "allocation" and code in (UNAUTHENTICATED, WRONG_CREDENTIALS):
        return "turn_credentials_refused"
    if step == "permission" and code in (FORBIDDEN, OTHER_FAMILY):
        return "turn_own_relay_refused"
    return {QUOTA_REACHED: "turn_quota_reached", NO_CAPACITY: "turn_no_capacity"}.get(
        code, "turn_error"
    )
