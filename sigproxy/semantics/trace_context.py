"""``traceparent``: which trace a request belongs to (W3C Trace Context)."""

import re
from typing import NamedTuple

from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

NAME = b"traceparent"
STATE = b"tracestate"
_SAMPLED = 0x01
# 2.2.2 and 4: version 00 ends behind the flags; later ones may go on behind another dash.
_FORM = re.compile(
    rb"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    rb"(?P<more>-.*)?\Z"
)


class TraceContext(NamedTuple):
    """A span of somebody else's: its trace, itself, and whether its caller records the trace."""

    trace_id: int
    span_id: int
    is_sampled: bool


class Trace(NamedTuple):
    """The span that an exchange is; *is_sent*: the upstream gets it as the parent of its own."""

    trace_id: int
    span_id: int
    parent_id: int | None = None  # None: the trace begins here
    is_sent: bool = False

    @property
    def field(self) -> bytes:
        return b"00-%032x-%016x-%02x" % (self.trace_id, self.span_id, _SAMPLED)

    @property
    def replaces(self) -> frozenset[bytes]:
        """The client's fields that are not sent beside ours.

        Vendors' state, in ``tracestate``, belongs to the trace that the client has named.
        """
        return frozenset({NAME} if self.parent_id is not None else {NAME, STATE})


def parse(value: bytes) -> TraceContext | None:
    """Return what *value* names; None if it is none, and so the trace begins anew (2.2.2, 4.3)."""
    found = _FORM.match(value)
    if found is None or found["version"] == b"ff" or (found["version"] == b"00" and found["more"]):
        return None
    trace_id, span_id = int(found["trace"], 16), int(found["span"], 16)
    if not trace_id or not span_id:
        return None
    return TraceContext(trace_id, span_id, bool(int(found["flags"], 16) & _SAMPLED))


def parent(fields: Fields) -> TraceContext | None:
    """Return the client's span; None without one, or with more than one ``traceparent``."""
    lines = f.values(fields, NAME)
    return parse(lines[0].strip(b" \t")) if len(lines) == 1 else None
