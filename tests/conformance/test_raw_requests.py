"""Any bytes: what the gateway decided is what the upstream got, and what a second reader reads."""

import dataclasses
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sigproxy.assembly import rules
from sigproxy.config import Settings
from sigproxy.exchange import Exchange
from sigproxy.policies.limits import Limits
from tests.conformance import raw, reference
from tests.conformance.reference import Message
from tests.lab.lab import Lab, Running, until
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import Request, response

pytestmark = pytest.mark.conformance

# EXAMPLES=20000 looks harder: a new example each time.
EXAMPLES = int(os.environ.get("EXAMPLES", "2500"))
PATIENCE_S = 0.2  # of the gateway with what does not come whole
BEHIND = b"GET @UP/behind HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

budget = settings(
    max_examples=EXAMPLES,
    derandomize="EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# RFC 9110, 7.6.1; the last is RFC 7540's.
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection te transfer-encoding upgrade http2-settings".split()
)
_STATUS = re.compile(rb"HTTP/1\.1 ([2-9][0-9]{2}) ")  # in no body of the lab's


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    build = rules.build_limits

    def impatient(settings: Settings) -> Limits:
        limits = build(settings)
        return dataclasses.replace(limits, body_grace_s=PATIENCE_S, header_timeout_s=PATIENCE_S)

    monkeypatch.setattr(rules, "build_limits", impatient)
    monkeypatch.setattr("sigproxy.gateway.downstream.connection.LINGERING_S", PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Played:
    """One client's connection: *sent* by it, and what became of that on every side."""

    sent: bytes
    records: list[Exchange]
    arrived: list[Request]
    statuses: list[int]

    @property
    def forwarded(self) -> list[tuple[int, Exchange]]:
        """The exchanges that the upstream answered, and which of the connection's each was."""
        return [
            (number, record)
            for number, record in enumerate(self.records)
            if record.upstream_status is not None
        ]


class Between:
    """One gateway and one upstream, emptied for each example."""

    def __init__(self, gateway: Running, upstream: Upstream) -> None:
        self._gateway = gateway
        self._upstream = upstream

    async def play(self, *messages: bytes) -> Played:
        self._upstream.requests.clear()
        self._gateway.observer.ends.clear()
        path = self._upstream.at("")
        sent = b"".join([*messages, BEHIND]).replace(raw.UP, path)
        client = await self._gateway.client()
        client.send(sent)
        received = await client.closed()
        client.close()
        await until(lambda: self._gateway.connections == 0)
        statuses = [int(each) for each in _STATUS.findall(received)]
        records, arrived = self._gateway.observer.ends, self._upstream.requests
        return Played(sent, list(records), list(arrived), statuses)

    def inner(self, target: bytes) -> bytes:
        """Return what the upstream has to be asked for."""
        path = target.removeprefix(b"http://localhost")
        assert path.startswith(self._upstream.at(""))
        return b"/" + path.removeprefix(self._upstream.at("")).lstrip(b"/")


@pytest.fixture
async def between(lab: Lab) -> Between:
    upstream = await lab.upstream(answering(_answer))
    return Between(await lab.gateway(server={"keepalive_s": PATIENCE_S}), upstream)


def _answer(request: Request) -> bytes:
    return response(200, b"" if request.method == b"HEAD" else b"ok")


def _classics(law: Callable[..., object]) -> Callable[..., object]:
    for message in raw.CLASSICS:
        law = example(messages=[message])(law)
    return law


@pytest.mark.usefixtures("impatient")
@budget
@_classics
@given(messages=raw.pipelines)
async def test_law_the_upstream_gets_what_was_read_and_decided(
    between: Between, messages: list[bytes]
) -> None:
    played = await between.play(*messages)
    read = list(reference.messages(played.sent))
    for record, message in zip(played.records, read, strict=False):
        if record.method != "-":  # it could be parsed
            assert (record.method.encode(), record.request_target) == message[:2]
    whole = [request for request in played.arrived if request.complete]
    assert len(whole) == len(played.forwarded)
    for request, (number, record) in zip(whole, played.forwarded, strict=True):
        assert number < len(read), f"no other reader reads {record.request_target!r}"
        assert (request.method, request.body) == (read[number].method, read[number].body)
        assert request.target == between.inner(read[number].target)
        assert list(field_faults(request, read[number])) == []
    assert played.statuses == [each.status for each in played.records][: len(played.statuses)]


@budget
@given(messages=st.lists(raw.right, max_size=3))
async def test_law_what_is_right_is_forwarded(between: Between, messages: list[bytes]) -> None:
    played = await between.play(*messages)
    assert played.statuses == [200] * (len(messages) + 1)
    assert len(played.arrived) == len(messages) + 1


def field_faults(request: Request, message: Message) -> Iterator[str]:
    """Yield what is wrong with the fields of *request*, which *message* was forwarded as."""
    names = [name.lower() for name, _ in request.fields]
    framing = request.values(b"content-length") + request.values(b"transfer-encoding")
    if len(framing) > 1 or (message.body and not framing):
        yield f"framed by {framing}"
    if hops := HOP_BY_HOP.intersection(names) - {b"transfer-encoding"}:
        yield f"hop-by-hop fields: {hops}"
    if b"x-a" in names and any(b"X-A" in value for value in message.values(b"connection")):
        yield "a field that Connection nominates"
    if b"x-t" in names:  # nothing but a trailer is called so
        yield "a trailer, of this request or the one before"
    if names.count(b"host") != 1:
        yield "not one Host"
