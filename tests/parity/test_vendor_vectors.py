"""Requests of SDKs that have no suite of their own, through the routes that `snippet` names.

The routes are as an operator writes them: the vendors' presets, fixed upstreams, or hosts.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sigproxy.presets import PRESETS
from tests.parity.sdk_vectors import (
    Gateways,
    Vector,
    assert_answered,
    assert_became,
    read,
    running,
)

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]

VECTORS = read("vendor_requests.json")

# NERTC's cloud proxy hands out addresses; this one's machine is on loopback here, where the
# upstream listens, and has the certificate of the name.
RECORDED, MACHINE = "59.111.1.2", "127.44.0.1"
ITS_NAME = "wecan-gw.yunxinvcloud.com"

OF_PATHS = [name for name, preset in PRESETS.items() if preset.dialect == "path"]
PATH = f"""
certificate_names = {{ "127.44.0.0/24" = "{ITS_NAME}" }}
[[route]]
presets = {OF_PATHS}
targets = ["app.contoso.com", "127.44.0.0/24:4001-4999"]
"""


def fixed(**upstreams: str) -> str:
    """Return routes to *upstreams* by their prefixes, spelled with "_" for "/"."""
    blocks = (
        f'[[route]]\nprefix = "{name.replace("_", "/") or "/"}"\n'
        f'dialect = "fixed"\nupstream = "{upstream}"\n'
        for name, upstream in upstreams.items()
    )
    return "".join(blocks)


# A gateway for each: what stands below "/" differs.
CONFIGURATIONS = {
    "path": PATH,
    "query": '[[route]]\ndialect = "query"\npresets = ["agora"]\n',
    "fixed": fixed(
        _ws="wss://signaling.rtc.qq.com",
        _log="https://yun.tim.qq.com",
        # TRTC's unifiedProxy: at "/", and at a prefix
        _="wss://signaling-a1.rtc.qq.com",
        _api_v1="https://schedule.rtc.qq.com/api/v1",
        _v5="https://yun.tim.qq.com/v5",
        _u="wss://signaling-a1.rtc.qq.com",
        _u_api_v1="https://schedule.rtc.qq.com/api/v1",
        _u_v5="https://yun.tim.qq.com/v5",
        _livekit="wss://demo.livekit.cloud",
        _peer="https://0.peerjs.com",
        _zego_hub="wss://accesshub-wss.zego.im",
        _zego_log="wss://weblogger-wss.zego.im",
        _zego_detail="https://detaillog-global.zego.im",
        _init="https://prod-init.100ms.live/init",
        _dd="https://browser-intake-datadoghq.com",
    ),
    "nertc": fixed(
        _nrtc="https://nrtc.netease.im/nrtc",
        _statics="https://statistic.live.126.net/statics",
        **{"_lps-websocket": "https://statistic.live.126.net/lps-websocket"},
        _api_v1="https://wecan-lbs.netease.im/api/v1",
        _v2_sdk="https://roomserver.netease.im/v2/sdk",
        _="https://wrtc-hz.netease.im",
    ),
    "vonage": fixed(_v2_rtc="wss://ws-us.vonage.com/v2/rtc", _="https://api-us.vonage.com"),
    "realtimekit": fixed(
        _v2="https://api.realtime.cloudflare.com/v2",
        _iceservers="https://api.realtime.cloudflare.com/iceservers",
        _otel="https://api-silos.realtime.cloudflare.com/otel",
        _api_v1="https://da-collector.realtime.cloudflare.com/api/v1",
        _ws="https://socket-edge.realtime.cloudflare.com/ws",
        _="https://location.realtime.cloudflare.com",
    ),
    "host": '[[route]]\ndialect = "host"\nhost = "*.proxy.example.org"\n'
    'hosts = { "*" = "{}.realtime.cloudflare.com" }\n',
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, ports: None) -> Iterator[Gateways]:
    with running(tmp_path_factory, CONFIGURATIONS, ((MACHINE, 4001),)) as every:
        yield every


def _named(vector: Vector) -> str:
    return vector.id


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if RECORDED not in each.path], ids=_named
)
def test_a_request_of_the_sdk_becomes_the_upstream_one(gateway: Gateways, vector: Vector) -> None:
    response, first, record = gateway.send(vector)
    assert record.requests, f"nothing reached the upstream: {response}"
    assert_became(record.requests[0], vector)
    assert record.requests[0].body == vector.body
    assert_answered(response, first, vector)


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if each.routes == "realtimekit"], ids=_named
)
def test_realtimekits_names_before_ours_are_hosts_of_the_vendors(
    gateway: Gateways, vector: Vector
) -> None:
    response, first, record = gateway.send(replace(vector, routes="host"))
    assert record.requests, f"nothing reached the upstream: {response}"
    assert_became(record.requests[0], vector)
    assert_answered(response, first, vector)


def test_a_media_gateway_by_its_address_shows_the_certificate_of_its_name(
    gateway: Gateways,
) -> None:
    [vector] = [each for each in VECTORS if RECORDED in each.path]
    here = replace(vector, path=vector.path.replace(RECORDED, MACHINE))
    response, first, record = gateway.send(here)
    assert record.requests, f"nothing reached the upstream: {response}"
    request = record.requests[0]
    assert (request.target, request.host) == (vector.target, f"{MACHINE}:4001")
    assert request.connection.sni == ITS_NAME
    assert request.connection.address == f"{MACHINE}:4001"
    assert_answered(response, first, vector)
