"""What a raw request must come to, and what came of it at both ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

UP = "@UP"  # in raw bytes: the path to the recording upstream
OWN = "@OWN"  # the gateway's own authority

_STATUS = re.compile(rb"HTTP/1\.[01] ([2-9][0-9]{2}) ")  # no body of the upstream's has it


@dataclass(frozen=True, slots=True)
class Row:
    """One client's bytes; the numbers are upper bounds."""

    id: str
    source: str  # which paragraph demands it
    raw: bytes
    statuses: frozenset[int]  # any of them is right for the first answer
    requests: int = 0  # that reach the upstream
    answers: int = 1  # that the client gets
    never: bytes = b" @UP"  # not in what reaches the upstream; a target as the client wrote it

    def filled(self, upstream: str, own: str) -> "Row":
        def fill(data: bytes) -> bytes:
            return data.replace(UP.encode(), upstream.encode()).replace(OWN.encode(), own.encode())

        return replace(self, raw=fill(self.raw), never=fill(self.never))


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole request, as the upstream read it."""

    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    received: bytes  # by the client
    arrived: tuple[Arrived, ...]

    @property
    def statuses(self) -> list[int]:
        return [int(each) for each in _STATUS.findall(self.received)]


def faults(row: Row, seen: Seen) -> Iterator[str]:
    """Yield what is wrong with *seen*, if anything is."""
    statuses = seen.statuses
    if not statuses or statuses[0] not in row.statuses:
        wanted = "/".join(map(str, sorted(row.statuses)))
        yield f"answered {statuses[0] if statuses else 'nothing'} instead of {wanted}"
    if len(statuses) > row.answers:
        yield f"answered {len(statuses)} times"
    yield from dangers(row, seen)


def dangers(row: Row, seen: Seen) -> Iterator[str]:
    """Yield what reached the upstream and must not: worse than a status that is not right."""
    if len(seen.arrived) > row.requests:
        lines = [each.head.partition(b"\r\n")[0][:60] for each in seen.arrived]
        yield f"the upstream got {len(lines)} requests: {lines}"
    elif any(row.never in each.head for each in seen.arrived):
        yield f"the upstream got {row.never!r}"
