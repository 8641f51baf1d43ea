"""Each answer of the gateway's own has an id, which pages may read and the log has."""

from typing import Any

import pytest

from tests.gateway.turn import KEY
from tests.lab.lab import Lab

ORIGIN = b"Origin: https://app.example"
PREFLIGHT = (ORIGIN, b"Access-Control-Request-Method: POST")


@pytest.mark.parametrize(
    ("method", "target", "fields", "status"),
    [
        (b"GET", b"/-/live", (ORIGIN,), 200),
        (b"HEAD", b"/-/ready", (ORIGIN,), 200),
        (b"OPTIONS", b"/-/ready", PREFLIGHT, 200),
        (b"OPTIONS", b"*", (), 200),
        (b"OPTIONS", b"/up.example.com/x", PREFLIGHT, 204),
        (b"GET", b"/-/ice/" + KEY.encode() + b"?sdk=webrtc", (ORIGIN,), 200),
        (b"OPTIONS", b"/-/ice", (ORIGIN,), 204),
        (b"GET", b"/nothing", (ORIGIN,), 404),
        (b"GET", b"/up.example.org/", (ORIGIN,), 403),
        (b"GET", b"/nx.example.com/", (ORIGIN,), 502),
        (b"GET", b"no request", (), 400),
    ],
)
async def test_an_answer_of_ours_has_its_id(
    lab: Lab,
    turn: dict[str, Any],
    method: bytes,
    target: bytes,
    fields: tuple[bytes, ...],
    status: int,
) -> None:
    gateway = await lab.gateway(turn=turn)
    client = await lab.client(gateway)

    answer = await client.get(target, *fields, method=method)

    assert answer.status == status
    record = await gateway.observer.last()
    assert answer.get(b"x-request-id") == record.id.encode()
    if fields == (ORIGIN,):
        assert b"X-Request-Id" in (answer.get(b"access-control-expose-headers") or b"")


async def test_the_vendors_id_stays_its_own(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    answer = await (await lab.client(gateway)).get(upstream.at("/"), b"X-Request-Id: mine")
    assert answer.values(b"x-request-id") == []
    assert upstream.requests[0].get(b"x-request-id") == b"mine"
