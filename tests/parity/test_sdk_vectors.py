"""Requests that the vendors' SDKs sent to a gateway, and the upstream request each must become."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.parity.sdk_vectors import (
    REDIRECTED,
    Gateways,
    Vector,
    assert_answered,
    assert_became,
    read,
    running,
)

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]

TARGETS = """
allowed_origins = ["https://app.example"]
targets = [
    "*.com:*", "*.net:*", "*.us", "*.microsoft", "*.io:*", "*.cn:*",
    "*.co", "*.blue", "*.aws", "*.dev",
]
"""
ROUTE = '[[route]]\nprefix = "{}"\ndialect = "{}"\n'
FIXED = {
    "/": 'upstream = "https://watchrtc-server.cyara.com/"\n',
    "/ws": 'upstream = "wss://signaling.rtc.qq.com/"\n',
    "/livekit": 'upstream = "https://project.livekit.cloud"\n',
    "/proxy": 'upstream = "https://microsoft.com/forwarder/"\nkeep_path = false\n',
}
# A gateway for each: what stands below "/" differs.
CONFIGURATIONS = {
    "path": "".join(ROUTE.format(each, "path") + TARGETS for each in ("/", "/acs/v1", "/vg")),
    "query": "".join(ROUTE.format(each, "query") + TARGETS for each in ("/", "/agora")),
    "fixed": "".join(ROUTE.format(each, "fixed") + text for each, text in FIXED.items()),
}
AGORAS = (("127.44.0.1", 4700), ("127.44.0.1", 6443))
VECTORS = read("sdk_requests.json")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, ports: None) -> Iterator[Gateways]:
    with running(tmp_path_factory, CONFIGURATIONS, AGORAS) as every:
        yield every


def _select(condition: bool, websocket: bool = False) -> Any:
    chosen = [
        each
        for each in VECTORS
        if (each.upstream is not None) == condition and each.websocket == websocket
    ]
    return pytest.mark.parametrize("vector", chosen, ids=lambda vector: vector.id)


@_select(True)
def test_request_becomes_the_upstream_one(gateway: Gateways, vector: Vector) -> None:
    response, first, record = gateway.send(vector)
    assert record.requests, f"nothing reached the upstream: {response}"
    assert_became(record.requests[0], vector)
    assert record.requests[0].body == vector.body
    assert_answered(response, first, vector)
    if vector.redirect:
        assert f"https://{record.requests[-1].host}{record.requests[-1].target}" == REDIRECTED
        assert record.requests[-1].method == vector.method


@_select(True, websocket=True)
def test_websocket_becomes_the_upstream_one(gateway: Gateways, vector: Vector) -> None:
    response, first, record = gateway.send(vector)
    assert record.requests, f"nothing reached the upstream: {response}"
    assert_became(record.requests[0], vector)
    assert_answered(response, first, vector)


@_select(False)
def test_request_is_answered_here(gateway: Gateways, vector: Vector) -> None:
    response, _, record = gateway.send(vector)
    assert not record.requests
    assert response.status in vector.status
    for name, wanted in vector.allows.items():
        assert wanted.lower() in ",".join(response.values(name)).lower()
