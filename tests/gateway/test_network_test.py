"""/-/network in a gateway: the page, the plan, the credentials, and for whom they are."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from sigproxy.config import Settings
from sigproxy.config.keys import with_files
from sigproxy.tools.explain import explain
from tests.gateway.test_ice_page import credential, password
from tests.gateway.turn import KEY as TURN_KEY
from tests.lab.lab import Lab
from tests.lab.logged import Log
from tests.lab.turn import TurnServer

KEY, OTHER = "0a1b2c3d4e5f6071", "old-key-of-2025"
OWN, APP, EVIL = (
    b"Origin: http://localhost",
    b"Origin: https://app.example",
    b"Origin: https://evil.example",
)
TEST: dict[str, Any] = {"keys": [KEY]}
PAGE, PLAN, ICE = (f"/-/network{part}/{KEY}".encode() for part in ("", "/plan", "/ice"))


async def test_the_page_is_whole_and_bound_to_itself(lab: Lab) -> None:
    client = await lab.client(await lab.gateway(network_test=TEST))
    answer = await client.get(PAGE)
    head = await client.get(PAGE, method=b"HEAD")
    policy = answer.get(b"content-security-policy") or b""
    assert (answer.status, answer.get(b"content-type")) == (200, b"text/html; charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")
    assert b"default-src 'none'" in policy
    own = b"https://localhost http://localhost wss://localhost ws://localhost"
    assert b"connect-src 'self' " + own in policy
    assert answer.get(b"cache-control") == b"no-store"
    assert head.get(b"content-length") == b"%d" % len(answer.body)


async def test_the_plan(lab: Lab, turn: dict[str, Any]) -> None:
    gateway = await lab.gateway(
        network_test=TEST,
        turn=turn,
        route=[
            {"prefix": "/acs", "targets": ["up.example.com:8443", "*.example.com"]},
            {"prefix": "/one", "dialect": "fixed", "upstream": "https://one.example.com/x"},
            {"prefix": "/ag", "dialect": "query", "targets": None, "presets": ["agora"]},
        ],
    )
    answer = await (await lab.client(gateway)).get(PLAN)
    [exchange] = gateway.observer.ends
    plan = answer.json
    assert (answer.status, answer.get(b"cache-control")) == (200, b"no-store")
    assert plan["request_id"] == exchange.id
    assert exchange.started_at <= plan["time"] < exchange.started_at + 60
    assert plan["certificate"] is None
    assert [each["url"] for each in plan["vendors"]] == [
        "/acs/up.example.com:8443/",
        "/one/",
        "/ag/ap/?url=webrtc2-ap-web-1.agora.io/",
    ]
    assert (plan["sdks"], plan["mounts"]) == (["agora"], {"agora": "/ag"})
    assert (plan["stun"], plan["turn_server"]) == ("stun:gw.example:3478", None)
    assert TURN_KEY not in answer.body.decode()


async def test_the_certificate_is_the_one_that_clients_get(lab: Lab) -> None:
    client = await lab.client(await lab.gateway(tls=True, network_test=TEST))
    ssl_object = client.writer.get_extra_info("ssl_object")
    certificate = (await client.get(PLAN)).json["certificate"]
    until = datetime.fromisoformat(certificate["not_after"])
    own = sha256(ssl_object.getpeercert(binary_form=True)).digest()
    assert bytes.fromhex(certificate["sha256"].replace(":", "")) == own
    assert re.fullmatch(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", certificate["sha256"])
    assert until > datetime.now(UTC)
    assert "localhost" in certificate["names"]


async def test_a_vendor_is_reached_as_the_plan_says(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(
        network_test=TEST, route={"targets": [f"up.example.com:{upstream.port}"]}
    )
    client = await lab.client(gateway)
    [vendor] = (await client.get(PLAN)).json["vendors"]
    answer = await client.get(vendor["url"].encode(), method=vendor["method"].encode())
    assert answer.status == 200
    assert upstream.requests[0].target == b"/"


@pytest.mark.parametrize("is_there", [True, False])
async def test_whether_the_turn_server_is_there(
    lab: Lab, turn: dict[str, Any], is_there: bool
) -> None:
    server = TurnServer()
    await server.start()
    relay = turn | {"relay": f"127.0.0.1:{server.port}"}
    if not is_there:
        await server.close()
    client = await lab.client(await lab.gateway(network_test=TEST, turn=relay))
    plan = (await client.get(PLAN)).json
    assert plan["turn_server"] == ("reachable" if is_there else "unreachable")
    if is_there:
        await server.close()


async def test_credentials_are_for_who_may_run_the_test(lab: Lab, turn: dict[str, Any]) -> None:
    gateway = await lab.gateway(network_test=TEST, turn=turn)
    client = await lab.client(gateway)
    answer = await client.get(ICE)
    username, given = credential(answer)
    exchange = await gateway.observer.last()
    expiry = int(username.partition(":")[0])
    assert given == password(username)
    assert expiry <= exchange.started_at + 601  # [turn]'s own are for 12 hours
    assert exchange.issued
    # One key is not the other's.
    assert (await client.get(f"/-/ice/{KEY}?sdk=webrtc".encode())).error == "key_refused"
    assert (await client.get(f"/-/network/ice/{TURN_KEY}".encode())).error == "key_refused"


async def test_its_credentials_count_with_the_others(lab: Lab, turn: dict[str, Any]) -> None:
    once = turn | {"credentials_per_address": "1/hour"}
    gateway = await lab.gateway(network_test=TEST, turn=once)
    client = await lab.client(gateway)
    credential(await client.get(ICE))
    answer = await client.get(ICE)
    assert (answer.status, answer.error) == (429, "too_many_credentials")
    assert (await gateway.observer.last(2)).issued is False


async def test_an_address_may_ask_only_so_much(lab: Lab) -> None:
    gateway = await lab.gateway(network_test=TEST | {"requests_per_address": "2/hour"})
    client = await lab.client(gateway)
    assert (await client.get(f"/-/network/{OTHER}".encode())).status == 403  # is not counted
    assert [(await client.get(each)).status for each in (PAGE, PLAN, PLAN)] == [200, 200, 429]
    answer = await client.get(PLAN)
    assert answer.error == "too_many_network_tests"
    assert "network_test.requests_per_address" in answer.json["detail"]
    other = await lab.client(gateway, source="127.0.0.2")
    assert (await other.get(PLAN)).status == 200


@pytest.mark.parametrize(
    ("target", "fields", "method", "status", "error"),
    [
        (b"/-/network", (), b"GET", 403, "key_refused"),
        (f"/-/network/{OTHER}".encode(), (), b"GET", 403, "key_refused"),
        (PLAN, (EVIL,), b"POST", 403, "origin_refused"),
        (PLAN + b"/x", (), b"GET", 404, "no_route"),
        (PAGE, (), b"POST", 405, "method_refused"),
        (ICE, (), b"GET", 404, "turn_off"),
        (f"/-/network/echo/{KEY}".encode(), (), b"GET", 426, "upgrade_required"),
        (PLAN, (b"X-Long: " + b"a" * 17_000,), b"GET", 431, "head_too_large"),
    ],
)
async def test_what_is_refused(
    lab: Lab, target: bytes, fields: tuple[bytes, ...], method: bytes, status: int, error: str
) -> None:
    listed = TEST | {"allowed_origins": ["https://app.example"]}
    client = await lab.client(await lab.gateway(network_test=listed))
    answer = await client.get(target, *fields, method=method)
    assert (answer.status, answer.error) == (status, error)
    assert KEY not in answer.json["detail"]
    assert OTHER not in answer.json["detail"]


async def test_pages_that_are_listed_need_no_key_and_the_own_one_is_not_foreign(lab: Lab) -> None:
    listed = TEST | {"allowed_origins": ["https://app.example"]}
    client = await lab.client(await lab.gateway(network_test=listed))
    answer = await client.get(b"/-/network/plan", APP)
    assert answer.status == 200
    assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert (await client.get(PLAN, OWN, method=b"POST")).status == 200
    assert (await client.get(b"/-/network/plan", OWN)).error == "key_refused"


@pytest.mark.parametrize("target", [b"/-/network", b"/-/network/plan/k", b"//-/network/ice"])
async def test_without_the_section_it_is_off(lab: Lab, target: bytes) -> None:
    client = await lab.client(await lab.gateway())
    answer = await client.get(target)
    assert (answer.status, answer.error) == (404, "network_test_off")
    assert "[network_test]" in answer.json["detail"]


@pytest.mark.parametrize("form", ["combined", "json"])
async def test_no_line_of_the_log_has_a_key(
    lab: Lab, log: Log, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway = await lab.gateway(observed=False, network_test=TEST, access_log={"format": form})
    client = await lab.client(gateway)
    targets = (
        PAGE,
        PLAN,
        ICE,
        *(each.replace(KEY.encode(), OTHER.encode()) for each in (PAGE, PLAN)),
    )
    for target in targets:
        await client.get(target)
    written = await log.of(len(targets)) + capfd.readouterr().err
    assert KEY not in written
    assert OTHER not in written
    assert "/-/network/plan/-" in written


async def test_explain_says_it_too(turn: dict[str, Any]) -> None:
    settings, _ = with_files(Settings.model_validate({"network_test": TEST}))
    for target, verdict in (
        (f"/-/network/{KEY}", "the network test's page, answered here with 200"),
        ("/-/network/plan/-", "what the network test tries, answered here with 200"),
    ):
        lines, admitted = explain(settings, "GET", target, ())
        assert admitted
        assert verdict in "\n".join(lines)
        assert KEY not in "\n".join(lines)
