"""The order of rules, and that `explain` says of every request what the gateway does."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sigproxy import decision
from sigproxy.assembly.rules import build_rules
from sigproxy.config import RouteSettings, ServerSettings, Settings, TurnSettings
from sigproxy.decision import Asked, Findings, Forward
from sigproxy.errors import (
    BodyTooLarge,
    ConnectionRefused,
    GatewayError,
    HeadTooLarge,
    KeyRefused,
    MethodRefused,
    NoRoute,
    OriginRefused,
    TargetRefused,
)
from sigproxy.exchange import Exchange
from sigproxy.own_pages import Reply
from sigproxy.semantics.fields import Fields
from sigproxy.tools.explain import explain
from tests.lab.socketless import CLIENT, Socketless
from tests.parity.cases import CASES
from tests.parity.model import GATEWAY
from tests.parity.steps import Send

KEY = "Xk2rT9vQ4mBz7Lp0"
ORIGIN = "https://app.example"
CORPUS = Settings(
    server=ServerSettings(public_names=(GATEWAY,)),
    route=(RouteSettings(targets=("*.com:*", "*.net:*"), allowed_origins=(ORIGIN,)),),
)
KEYED = Settings(
    server=ServerSettings(public_names=("gw.example",)),
    route=(
        RouteSettings(targets=("*.example.com",), keys=(KEY,), allowed_origins=(ORIGIN,)),
        RouteSettings(prefix="/q", dialect="query", targets=("*.example.com",)),
        RouteSettings(prefix="/f", dialect="fixed", upstream="wss://up.example.com"),
    ),
)
TURN_KEY = "9f86d081884c7d65"


def with_turn(settings: Settings) -> Settings:
    """Return *settings* as they are with a [turn]: for who has a key, and for one origin."""
    turn = TurnSettings(name="gw.example", keys=(TURN_KEY,), allowed_origins=(ORIGIN,))
    turn._secrets = (b"0123456789abcdef" * 2,)
    return settings.model_copy(update={"turn": turn})


def exchange(target: str, *fields: str, method: str = "GET") -> Exchange:
    pairs = tuple(
        (name.encode(), value.strip().encode())
        for name, _, value in (each.partition(":") for each in ("Host: gw.example", *fields))
    )
    return Exchange("1", 0.0, 0.0, CLIENT, None, method, target.encode(), fields=Fields(pairs))


def decided(asked: Exchange, findings: Findings | None = None) -> Reply | Forward:
    rules = build_rules(KEYED)
    received = decision.receive(rules, asked, is_ready=True)
    assert isinstance(received, Asked)
    return decision.decide(rules, asked, received, findings or Findings())


def test_what_is_to_go_upstream() -> None:
    asked = exchange(f"/{KEY}/api.example.com/x?y", f"Origin: {ORIGIN}")
    verdict = decided(asked)
    assert isinstance(verdict, Forward)
    assert str(verdict.target) == "https://api.example.com/x?y"
    assert verdict.mount == f"/{KEY}".encode()
    assert (asked.route, asked.key) == ("/", KEY.encode())


@pytest.mark.parametrize(
    ("target", "fields", "method", "refusal"),
    [
        ("/wrong-key-123/api.example.com/", ("Origin: https://evil.example",), "GET", KeyRefused),
        (f"/{KEY}/evil.example.org/", ("Origin: https://evil.example",), "GET", OriginRefused),
        (f"/{KEY}/evil.example.org/", ("Content-Length: 99999999",), "POST", TargetRefused),
        (f"/{KEY}/api.example.com/", ("Content-Length: 99999999",), "POST", BodyTooLarge),
        ("/wrong-key-123/" + "x" * 5, (f"X: {'x' * 20_000}",), "GET", HeadTooLarge),
    ],
)
def test_the_first_rule_that_refuses_is_the_one_that_is_told(
    target: str, fields: Sequence[str], method: str, refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal):
        decided(exchange(target, *fields, method=method))


def test_a_refusal_leaves_what_is_known() -> None:
    asked, findings = exchange(f"/{KEY}/evil.example.org/", f"Origin: {ORIGIN}"), Findings()
    with pytest.raises(TargetRefused):
        decided(asked, findings)
    assert asked.route == "/"
    assert str(asked.upstream) == "evil.example.org"
    assert findings.cors is not None
    assert (b"Access-Control-Allow-Origin", ORIGIN.encode()) in findings.cors.error_fields()


def test_without_a_route_nobody_judges() -> None:
    settings = Settings(route=(RouteSettings(prefix="/acs", targets=("*.example.com",)),))
    rules, findings, asked = build_rules(settings), Findings(), exchange("/other")
    received = decision.receive(rules, asked, is_ready=True)
    assert isinstance(received, Asked)
    with pytest.raises(NoRoute):
        decision.decide(rules, asked, received, findings)
    assert findings.cors is None


@pytest.mark.parametrize("ready", [True, False])
def test_own_pages_come_first(ready: bool) -> None:
    told = decision.receive(build_rules(KEYED), exchange("/-/ready"), is_ready=ready)
    assert isinstance(told, Reply)
    assert told.status == (200 if ready else 503)


@pytest.mark.parametrize(
    ("target", "is_one"),
    [("/-/live", True), ("//-/ready?x", True), ("/-/other", False), ("*", False), ("/x.y/", False)],
)
def test_what_balancers_ask_is_marked(target: str, is_one: bool) -> None:
    asked = exchange(target, method="OPTIONS" if target == "*" else "GET")
    with suppress(NoRoute):
        decision.receive(build_rules(KEYED), asked, is_ready=True)
    assert asked.is_health_check == is_one


def test_what_is_refused_is_no_health_check() -> None:
    asked = exchange("/-/live", method="POST")
    with pytest.raises(MethodRefused):
        decision.receive(build_rules(KEYED), asked, is_ready=True)
    assert not asked.is_health_check


# What explain says, and what the gateway does: None where the request is admitted.


def explained(settings: Settings, method: str, target: str, fields: Sequence[str]) -> str | None:
    lines, _ = explain(settings, method, target, fields)
    [verdict] = [line.removeprefix("verdict").strip() for line in lines if line[:7] == "verdict"]
    if refused := re.fullmatch(r"refused with (\d+ \w+)", verdict):
        return refused[1]
    if answered := re.search(r"answered here with (\d+)", verdict):
        return answered[1]
    return None


async def done(gateway: Socketless, data: bytes) -> str | None:
    ended = await gateway.ask(data)
    if ended.error == ConnectionRefused.token:
        return None
    return f"{ended.status} {ended.error}" if ended.error else str(ended.status)


def head_of(data: bytes) -> tuple[str, str, list[str]] | None:
    """Return method, request target and field lines of what `explain` can be asked about."""
    head, end, _ = data.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    words = line.split(" ")
    if not end or len(words) != 3 or words[2] != "HTTP/1.1" or not words[1].startswith(("/", "*")):
        return None
    return words[0], words[1], fields


def asked_of_corpus() -> dict[str, bytes]:
    firsts = {
        case.id: next((step.data for step in case.script if isinstance(step, Send)), b"")
        for case in CASES
    }
    return {name: data for name, data in firsts.items() if head_of(data) is not None}


async def test_of_every_request_of_the_corpus_explain_says_what_the_gateway_does() -> None:
    gateway = Socketless(CORPUS)
    compared, wrong = 0, {}
    for name, data in asked_of_corpus().items():
        async with asyncio.timeout(10):
            seen = await done(gateway, data)
        if gateway.refused_unparsed:
            continue  # it never became a request: explain asks no parser
        method, target, fields = head_of(data) or ("", "", [])
        said = explained(CORPUS, method, target, fields)
        if said is None and seen in ("408 request_timeout", "400 bad_request"):
            continue  # its body, which explain does not see
        compared += 1
        if said != seen:
            wrong[name] = (said, seen)
    assert wrong == {}
    assert compared > 200


TARGETS = st.sampled_from(
    [
        *("/", "*", "/-/live", "/-/ready", "/-/other", "//-/live", "/-/api.example.com/x"),
        *(f"/{KEY}/api.example.com/x", f"//{KEY}//api.example.com", f"/{KEY}", f"/{KEY}/-/live"),
        *(f"/{KEY}/evil.example.org/", f"/{KEY}/gw.example/{KEY}/api.example.com/y"),
        *(f"/{KEY}/gw.example/api.example.com/y", "/wrong-key-123/api.example.com/", "/%2f/"),
        *("/q/?url=https://api.example.com/a", "/q/?url=wss://evil.example.org", "/q", "/q?x"),
        *("/f", "/f/", "/f/x?y=z", "/fx", "/api.example.com/x", f"/{KEY}/api.example.com:8443/"),
        *(f"/{KEY}/127.0.0.1/", f"/{KEY}/user@api.example.com/", f"/{KEY}/" + "x" * 17_000),
    ]
)
FIELDS = st.lists(
    st.sampled_from(
        [
            *(f"Origin: {ORIGIN}", "Origin: https://evil.example", "Origin: null"),
            *("Content-Length: 99999999", "Content-Length: 0", "CDN-Loop: gw.example", "X: y"),
            *("Service-Worker: script", "Access-Control-Request-Method: POST", "Cookie: a=b"),
            *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
            *("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"X-Long: {'x' * 16_400}"),
        ]
    ),
    max_size=6,
    unique=True,
)


async def asked(data: bytes, settings: Settings = KEYED) -> tuple[str | None, bool]:
    gateway = Socketless(settings)
    return await done(gateway, data), not gateway.refused_unparsed


METHODS = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT"])


@given(METHODS, TARGETS, FIELDS)
def test_law_explain_says_what_the_gateway_does(
    method: str, target: str, fields: list[str]
) -> None:
    lines = [f"{method} {target} HTTP/1.1", "Host: gw.example", *fields, "", ""]
    data = "\r\n".join(lines).encode() + b"x" * 20  # some of a body

    if target.startswith("/-/api"):  # what the log shows of a keyed request
        assert explained(KEYED, method, target, ("Host: gw.example",)) != "404 no_route"
        return
    seen, is_parsed = asyncio.run(asked(data))
    assume(is_parsed)
    assert explained(KEYED, method, target, ("Host: gw.example", *fields)) == seen


def request_of(method: str, target: str, fields: list[str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: gw.example", *fields, "", ""]
    return "\r\n".join(lines).encode() + b"x" * 20


ICE = st.sampled_from(
    [
        *("/-/ice", "/-/ice?sdk=webrtc", f"/-/ice/{TURN_KEY}?sdk=acs-web&mode=tls", "//-/ice/x"),
        *(f"/-/ice/{TURN_KEY}?sdk=acs-ios&mode=tls", f"/-/ice/{TURN_KEY}/x", "/-/ice?sdk=no"),
        *(f"/-/ice/{TURN_KEY}?sdk=webrtc&format=no", "/-/ice/old-key-of-2025?sdk=webrtc"),
        *(f"/-/ice/{TURN_KEY}?sdk=webrtc&format=cloudflare", f"/-/ice/{TURN_KEY}?sdk=a&sdk=b"),
        *(f"/-/ice/{TURN_KEY}?sdk=webrtc&x=" + "x" * 17_000, f"//-/ice//{TURN_KEY}/?sdk=zego"),
    ]
)
BEARER = st.sampled_from([[], [f"Authorization: Bearer {TURN_KEY}"]])
OF_ANY_PAGE = {"method_refused", "bad_request", "service_worker_refused"}


@given(METHODS, ICE, FIELDS, BEARER)
def test_law_explain_says_what_becomes_of_who_asks_for_a_credential(
    method: str, target: str, fields: list[str], bearer: list[str]
) -> None:
    settings, fields = with_turn(KEYED), [*fields, *bearer]
    seen, is_parsed = asyncio.run(asked(request_of(method, target, fields), settings))
    assume(is_parsed)
    assert explained(settings, method, target, ("Host: gw.example", *fields)) == seen


@given(METHODS, TARGETS, FIELDS)
def test_law_turn_changes_nothing_of_other_requests(
    method: str, target: str, fields: list[str]
) -> None:
    data = request_of(method, target, fields)
    assert asyncio.run(asked(data)) == asyncio.run(asked(data, with_turn(KEYED)))


@given(METHODS, ICE, FIELDS)
def test_law_without_turn_nothing_of_it_exists(method: str, target: str, fields: list[str]) -> None:
    seen, is_parsed = asyncio.run(asked(request_of(method, target, fields)))
    assume(is_parsed)
    assert seen == "404 turn_off" or str(seen).partition(" ")[2] in OF_ANY_PAGE
