"""/-/network as a rule: what a path asks for, and who is granted it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import (
    BadRequest,
    GatewayError,
    KeyRefused,
    MethodRefused,
    NoRoute,
    OriginRefused,
    UpgradeRequired,
)
from sigproxy.errors.media import TurnOff
from sigproxy.ice_page import Grant
from sigproxy.network.page import ECHO, ICE, PAGE, PLAN, Asked, Page, Visit, asked
from sigproxy.own_pages import Reply
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.turn import Credential
from tests.network import samples
from tests.network.samples import FACTS, FOREIGN, KEY, ORIGIN, OTHER, called_by, request

KEYED = samples.PAGE
LISTED = called_by(KEYED, keys=KeyPolicy(), cors=CorsPolicy((ORIGIN,)), admits_origins=True)
BOTH = called_by(LISTED, keys=KeyPolicy.of(KEY))
OWN, APP, EVIL = "Origin: https://gw.example", f"Origin: {ORIGIN}", f"Origin: {FOREIGN}"
BEARER = f"Authorization: Bearer {KEY}"
HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def judged(page: Page, path: str, *fields: str, method: str = "GET") -> Reply | Visit | Grant:
    asking = request(path, *fields, method=method)
    return page.judge(asking, page.cors(asking))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/-/network", Asked(PAGE, b"", b"")),
        (b"/-/network/", Asked(PAGE, b"", b"")),
        (b"/-/network/k?x=/y", Asked(PAGE, b"k", b"")),
        (b"//-/network//k/", Asked(PAGE, b"k", b"")),
        (b"/-/network/k/more", Asked(PAGE, b"k", b"more")),
        (b"/-/network/plan", Asked(PLAN, b"", b"")),
        (b"/-/network/plan/k", Asked(PLAN, b"k", b"")),
        (b"/-/network/echo/k/x", Asked(ECHO, b"k", b"x")),
        (b"/-/network/ice//k", Asked(ICE, b"k", b"")),
        (b"/-/networks", None),
        (b"/-/ice/network", None),
        (b"/-/", None),
    ],
)
def test_what_a_path_asks_for(path: bytes, found: Asked | None) -> None:
    assert asked(path) == found


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("page", "path", "fields"),
    [
        (KEYED, f"/-/network/plan/{KEY}", ()),
        (KEYED, f"/-/network/plan/{KEY}", (EVIL,)),
        (KEYED, "/-/network/plan", (BEARER,)),
        (LISTED, "/-/network/plan", (APP,)),
        (BOTH, "/-/network/plan", (APP,)),
        (BOTH, f"/-/network/plan/{KEY}", (OWN,)),
        (BOTH, f"/-/network/plan/{KEY}", ()),
    ],
)
def test_who_gets_the_plan(page: Page, path: str, fields: tuple[str, ...], method: str) -> None:
    visit = judged(page, path, *fields, method=method)
    assert isinstance(visit, Visit)
    assert visit.part == PLAN


@pytest.mark.parametrize(
    ("page", "path", "fields", "refusal"),
    [
        (KEYED, "/-/network", (), KeyRefused),
        (KEYED, f"/-/network/{OTHER}", (), KeyRefused),
        (KEYED, f"/-/network/plan/{OTHER}", (BEARER,), KeyRefused),
        (KEYED, f"/-/network/echo/{OTHER}", HANDSHAKE, KeyRefused),
        (KEYED, f"/-/network/ice/{OTHER}", (), KeyRefused),
        (LISTED, "/-/network/plan", (OWN,), OriginRefused),  # it is not foreign, nor listed
        (LISTED, "/-/network/plan", (), OriginRefused),
        (LISTED, "/-/network", (), OriginRefused),
        (BOTH, f"/-/network/plan/{KEY}", (EVIL,), OriginRefused),
        (BOTH, f"/-/network/plan/{KEY}", ("Origin: null",), OriginRefused),
        (BOTH, f"/-/network/echo/{KEY}", (EVIL, *HANDSHAKE), OriginRefused),
        (BOTH, f"/-/network/plan/{OTHER}", (OWN,), KeyRefused),
        (KEYED, f"/-/network/{KEY}/more", (), NoRoute),
        (KEYED, f"/-/network/echo/{KEY}", (), UpgradeRequired),
        (KEYED, f"/-/network/echo/{KEY}", HANDSHAKE[:3], BadRequest),
        (replace(KEYED, ice=None), f"/-/network/ice/{KEY}", (), TurnOff),
    ],
)
def test_who_gets_nothing(
    page: Page, path: str, fields: tuple[str, ...], refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal) as refused:
        judged(page, path, *fields)
    assert OTHER not in refused.value.detail


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/-/network", "POST", b"GET, HEAD, OPTIONS"),
        ("/-/network/plan", "PUT", b"GET, POST, OPTIONS"),
        ("/-/network/echo", "POST", b"GET, OPTIONS"),
        ("/-/network/ice", "HEAD", b"GET, POST, OPTIONS"),
    ],
)
def test_each_has_its_methods(path: str, method: str, allowed: bytes) -> None:
    with pytest.raises(MethodRefused) as refused:
        judged(KEYED, f"{path}/{KEY}", method=method)
    assert refused.value.fields == ((b"Allow", allowed),)


def test_a_preflight_has_no_key_yet() -> None:
    asks = (APP, "Access-Control-Request-Method: POST")
    reply = judged(BOTH, "/-/network/plan", *asks, method="OPTIONS")
    assert isinstance(reply, Reply)
    assert reply.status == 204
    assert (b"Access-Control-Allow-Origin", ORIGIN.encode()) in reply.fields


def test_the_page_runs_nothing_but_itself_and_is_kept_by_nobody() -> None:
    visit = judged(KEYED, f"/-/network/{KEY}")
    assert isinstance(visit, Visit)
    reply = visit.document()
    fields = dict(reply.fields)
    assert reply.body == b"<!doctype html>"
    assert fields[b"Cache-Control"] == b"no-store"
    assert fields[b"Referrer-Policy"] == b"no-referrer"
    assert fields[b"Content-Security-Policy"] == (
        b"default-src 'none'; connect-src 'self'"
        b" https://gw.example http://gw.example wss://gw.example ws://gw.example"
    )


def test_the_plan_is_for_the_path_and_the_key_that_were_asked_with() -> None:
    asking = request("/-/network/plan", BEARER, prefix="/gw")
    visit = KEYED.judge(asking, KEYED.cors(asking))
    assert isinstance(visit, Visit)
    reply = visit.plan(FACTS)
    plan = json.loads(reply.body)
    assert (b"Cache-Control", b"no-store") in reply.fields
    assert plan["echo"] == f"/gw/-/network/echo/{KEY}"
    assert plan["ice"] == f"/gw/-/network/ice/{KEY}"


def test_what_is_no_key_is_not_repeated() -> None:
    visit = judged(LISTED, "/-/network/plan/what-is-no-key", APP)
    assert isinstance(visit, Visit)
    assert json.loads(visit.plan(FACTS).body)["echo"] == "/-/network/echo"


def test_the_echo_switches_protocols() -> None:
    visit = judged(KEYED, f"/-/network/echo/{KEY}", *HANDSHAKE)
    assert isinstance(visit, Visit)
    assert (visit.part, visit.status) == (ECHO, 101)
    assert (b"Sec-WebSocket-Accept", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") in visit.switching()


def test_ice_servers_are_those_of_webrtc_and_end_soon() -> None:
    grant = judged(KEYED, f"/-/network/ice/{KEY}?sdk=acs-web")
    assert isinstance(grant, Grant)
    assert grant.request == ("webrtc", "auto", None)
    assert grant.page.turn.ttl_s == 600
    answer = json.loads(grant.reply(Credential("1:a", "secret", 600, 1)).body)
    assert answer["iceServers"][1]["username"] == "1:a"


@given(st.sampled_from([KEYED, LISTED, BOTH]), st.binary(max_size=40))
def test_law_without_key_or_origin_nobody_gets_anything(page: Page, behind: bytes) -> None:
    asking = replace(request("/"), path=b"/-/network" + behind)
    with pytest.raises(GatewayError):
        page.judge(asking, page.cors(asking))
