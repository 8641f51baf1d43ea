"""Which exchanges are traced, as whose part, and whether upstreams learn of it."""

from collections.abc import Callable
from dataclasses import dataclass

from sigproxy.semantics import trace_context
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.trace_context import Trace


@dataclass(frozen=True, slots=True)
class TracePolicy:
    """The settings of the same names in ``[tracing]``."""

    sample: float
    follow_client: bool = False
    propagate: bool = False

    def begin(self, fields: Fields, chance: float, bits: Callable[[int], int]) -> Trace | None:
        """Return the span of a request with *fields*; None: it is not traced.

        *chance* is random, from 0 up to 1; *bits* returns a random number of so many bits. A
        client's trace id decides nothing: it could be chosen so that everything is traced.
        """
        is_sampled = chance < self.sample
        if not is_sampled and not self.follow_client:
            return None
        parent = trace_context.parent(fields)
        if parent is not None and self.follow_client:
            is_sampled = parent.is_sampled
        if not is_sampled:
            return None
        return Trace(
            trace_id=(bits(128) or 1) if parent is None else parent.trace_id,
            span_id=bits(64) or 1,
            parent_id=None if parent is None else parent.span_id,
            is_sent=self.propagate,
        )
