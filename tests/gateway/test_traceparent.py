"""What upstreams get to see of traces: the client's own, or the gateway's where it is told to."""

import re

import pytest

from tests.lab.frames import echo_frames, handshake, upgraded
from tests.lab.lab import Lab, Running
from tests.lab.upstream import answering
from tests.lab.wire import Request, response

TRACE, SPAN = b"0af7651916cd43dd8448eb211c80319c", b"00f067aa0ba902b7"
PARENT = b"traceparent: 00-" + TRACE + b"-" + SPAN + b"-01"
UNSAMPLED = PARENT[:-2] + b"00"
STATE = b"tracestate: vendor=1"
ENDPOINT = {"endpoint": "http://127.0.0.1:4318"}
ALL = ENDPOINT | {"sample": 1.0}
SENT = ALL | {"propagate": True}
OURS = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


async def traced(lab: Lab, settings: dict[str, object]) -> Running:
    return await lab.gateway(tracing=settings)


def spans(request: Request) -> list[bytes]:
    return [value for name, value in request.fields if name.lower() == b"traceparent"]


@pytest.mark.parametrize(
    "settings", [{}, {"sample": 1.0, "propagate": True}, ENDPOINT | {"sample": 0.0}, ALL]
)
async def test_the_clients_own_crosses_unchanged(lab: Lab, settings: dict[str, object]) -> None:
    """Without tracing, and with it: vendors do not learn of ours."""
    upstream = await lab.upstream()
    client = await lab.client(await traced(lab, settings))
    await client.get(upstream.at("/"), PARENT, STATE)
    await client.get(upstream.at("/"))
    first, second = upstream.requests
    assert first.get(b"traceparent") == PARENT.partition(b": ")[2]
    assert first.get(b"tracestate") == b"vendor=1"
    assert spans(second) == []


async def test_an_exchange_is_a_part_of_the_clients_trace(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await traced(lab, ALL)
    client = await lab.client(gateway)
    await client.get(upstream.at("/"), PARENT)
    trace = (await gateway.observer.last(1)).trace
    assert trace is not None
    assert (b"%032x" % trace.trace_id, b"%016x" % (trace.parent_id or 0)) == (TRACE, SPAN)
    await client.get(upstream.at("/"))
    other = (await gateway.observer.last(2)).trace
    assert other is not None
    assert other.parent_id is None
    assert other.trace_id != trace.trace_id


async def test_upstreams_get_ours_where_the_operator_says_so(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await traced(lab, SENT)
    client = await lab.client(gateway)
    for _ in range(2):  # the second time, client and gateway know the fields already
        await client.get(upstream.at("/"), PARENT, STATE)
    for number, request in enumerate(upstream.requests):
        [ours] = map(OURS.fullmatch, spans(request))
        assert ours is not None
        trace = gateway.observer.ends[number].trace
        assert trace is not None
        assert ours.groups() == (TRACE, b"%016x" % trace.span_id)
        assert request.get(b"tracestate") == b"vendor=1"
    assert spans(upstream.requests[0]) != spans(upstream.requests[1])


async def test_a_trace_that_begins_here_has_no_state_of_others(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await traced(lab, SENT))
    for broken in (b"traceparent: 00-1-2-01", PARENT + b"\r\n" + PARENT):
        await client.get(upstream.at("/"), broken, STATE)
    for request in upstream.requests:
        [ours] = map(OURS.fullmatch, spans(request))
        assert ours is not None
        assert ours[1] != TRACE
        assert request.get(b"tracestate") is None


async def test_what_is_not_sampled_is_not_touched(lab: Lab) -> None:
    """Also behind a request with the same fields that was."""
    upstream = await lab.upstream()
    gateway = await traced(lab, ENDPOINT | {"follow_client": True, "propagate": True, "sample": 0})
    client = await lab.client(gateway)
    for fields in ((UNSAMPLED,), (PARENT,), (UNSAMPLED,), (b"X-Same: 1",), (b"X-Same: 1",)):
        await client.get(upstream.at("/"), *fields)
    sent = [spans(request) for request in upstream.requests]
    untouched = UNSAMPLED.partition(b": ")[2]
    assert sent[0] == sent[2] == [untouched]
    assert sent[1] not in ([untouched], [PARENT.partition(b": ")[2]])
    assert sent[3] == sent[4] == []
    assert [each.trace is not None for each in gateway.observer.ends] == [0, 1, 0, 0, 0]


async def test_each_hop_of_a_redirect_has_the_same_parent(lab: Lab) -> None:
    def responder(request: Request) -> bytes:
        if request.target == b"/first":
            return response(302, b"", b"Location: /second")
        return response(200, b"ok")

    upstream = await lab.upstream(answering(responder))
    client = await lab.client(await traced(lab, SENT))
    assert (await client.get(upstream.at("/first"), PARENT)).body == b"ok"
    first, second = (spans(request) for request in upstream.requests)
    assert len(first) == 1
    assert first == second != [PARENT.partition(b": ")[2]]


async def test_a_websocket_is_traced_too(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await traced(lab, SENT)
    client = await lab.client(gateway)
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    [sent] = spans(upstream.requests[0])
    assert OURS.fullmatch(sent)
    client.close()
    trace = (await gateway.observer.last()).trace
    assert trace is not None
    assert sent == trace.field
