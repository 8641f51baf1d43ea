"""The nouns of the corpus: a case, how it is played, what is observed, how that is judged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tests.parity.messages import Response
from tests.parity.record import Frame, Record

if TYPE_CHECKING:
    from tests.parity.session import Session

# What the client says in Host: its view of the gateway, whichever port a test listens on.
GATEWAY = "proxy.test:8443"


class Kind(StrEnum):
    """Where the expectation of a case comes from."""

    KEEP = "keep"  # the sample does it and users rely on it
    FIX = "fix"  # the sample fails; the expectation is the correct behaviour
    REFUSE = "refuse"  # must not be served
    DECIDE = "decide"  # the RFCs leave it open; this project decided


@dataclass(slots=True)
class Observation:
    """What both ends saw while a case was played."""

    record: Record
    began: float
    responses: list[Response] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # found by the steps themselves
    sent: float = 0.0  # when the client began to send the last of what it sent
    ended: str | None = None  # how the gateway ended the connection, if it did
    leftover: bytes = b""  # bytes behind the last response
    seconds: float = 0.0

    @property
    def response(self) -> Response:
        """The first response; an empty one if none came."""
        return self.responses[0] if self.responses else Response(None)

    @property
    def status(self) -> int | None:
        return self.response.status


# A check returns what is wrong, or None.
Check = Callable[[Observation], str | None]


class Step(Protocol):
    """One thing that the client does; see ``steps.py``."""

    def run(self, session: "Session") -> None: ...


Script = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour: what is sent, and what must come of it."""

    id: str
    kind: Kind
    script: Script
    checks: tuple[Check, ...]
    note: str  # what it is about and, where the sample differs, the reason for the difference
    timeout_s: float = 20.0
    plain: bool = False  # no TLS towards the gateway
    # Takes many seconds; played beside the others and therefore unrecorded.
    in_background: bool = False
    # A `keep` passes on the sample and the others fail, but for these: why it passes as well.
    sample_agrees: str = ""


def _case(kind: Kind, id: str, note: str, script: Script, *checks: Check, **options: Any) -> Case:
    return Case(id, kind, script, checks, note, **options)


keep = partial(_case, Kind.KEEP)
fix = partial(_case, Kind.FIX)
refuse = partial(_case, Kind.REFUSE)
decide = partial(_case, Kind.DECIDE)
