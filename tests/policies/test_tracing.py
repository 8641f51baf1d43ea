"""Which requests are traced: by chance, or as the client says where it may."""

import pytest

from sigproxy.policies.tracing import TracePolicy
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.trace_context import Trace

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7
NONE = Fields(())
SAMPLED, UNSAMPLED = (
    Fields(((b"traceparent", b"00-%032x-%016x-%02x" % (TRACE, SPAN, flags)),)) for flags in (1, 0)
)
BROKEN = Fields(((b"traceparent", b"00-1-2-01"),))


def bits(count: int) -> int:
    return 2**count - 1


ROOT = Trace(2**128 - 1, 2**64 - 1)
CHILD = Trace(TRACE, 2**64 - 1, SPAN)


@pytest.mark.parametrize("fields", [NONE, BROKEN])
@pytest.mark.parametrize("follow", [False, True])
def test_without_a_client_that_traces_chance_decides(fields: Fields, follow: bool) -> None:
    policy = TracePolicy(0.01, follow_client=follow)
    assert policy.begin(fields, 0.0099, bits) == ROOT
    assert policy.begin(fields, 0.01, bits) is None


@pytest.mark.parametrize("fields", [SAMPLED, UNSAMPLED])
def test_a_client_makes_nothing_traced_by_what_it_sends(fields: Fields) -> None:
    policy = TracePolicy(0.01)
    assert policy.begin(fields, 0.0099, bits) == CHILD
    assert policy.begin(fields, 0.01, bits) is None


def test_where_it_may_it_decides_alone() -> None:
    policy = TracePolicy(0.01, follow_client=True)
    assert policy.begin(SAMPLED, 0.99, bits) == CHILD
    assert policy.begin(UNSAMPLED, 0.0, bits) is None


@pytest.mark.parametrize("chance", [0.0, 0.999999])
def test_all_and_nothing(chance: float) -> None:
    assert TracePolicy(1.0).begin(NONE, chance, bits) == ROOT
    assert TracePolicy(0.0).begin(NONE, chance, bits) is None


def test_an_id_is_never_zero() -> None:
    traced = TracePolicy(1.0, propagate=True).begin(NONE, 0.0, lambda _: 0)
    assert traced == Trace(1, 1, None, is_sent=True)
