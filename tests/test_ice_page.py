"""/-/ice as a rule: who is granted a credential, for what, and that the path is read as meant."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy import ice_page
from sigproxy.errors import (
    BadRequest,
    GatewayError,
    KeyRefused,
    MethodRefused,
    NoRoute,
    OriginRefused,
)
from sigproxy.errors.media import UnknownSdk
from sigproxy.ice_page import Grant, Page
from sigproxy.own_pages import Reply
from sigproxy.policies.callers import Callers
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.turn import Credential, Turn
from sigproxy.semantics.fields import Fields

KEY, OTHER = "5d41402abc4b2a76", "old-key-of-2025"
ORIGIN, FOREIGN = "https://app.example", "https://evil.example"
TURN = Turn("gw.example", (), "gw.example", (b"north",), 600, 3478, 443, 0, True, ("auto", "udp"))


def answer(
    sdk: str, mode: str, form: str | None, turn: Turn, credential: Credential
) -> tuple[int, object]:
    """Answer as the real one does, in a shape of the test's own."""
    if sdk != "webrtc":
        raise UnknownSdk("sdk is none")
    return 201 if form == "cloudflare" else 200, [mode, form, turn.name, credential.username]


def called_by(page: Page, **callers: Any) -> Page:
    return replace(page, callers=replace(page.callers, **callers))


CALLERS = Callers("/-/ice", "[turn]", "TURN credentials", KeyPolicy.of(KEY), CorsPolicy())
KEYED = Page(TURN, CALLERS, answer)
LISTED = called_by(KEYED, keys=KeyPolicy(), cors=CorsPolicy((ORIGIN,)), admits_origins=True)
BOTH = called_by(LISTED, keys=KeyPolicy.of(KEY))
OPEN = called_by(KEYED, keys=KeyPolicy(), is_open=True)


def judged(page: Page, path: str, *fields: str, method: str = "GET") -> Reply | Grant:
    pairs = [tuple(part.strip().encode() for part in each.split(":", 1)) for each in fields]
    whole = Fields([(name, value) for name, value in pairs])
    return page.judge(method, path.encode(), whole, page.callers.cors.judge(whole))


ASKED = "?sdk=webrtc"
WITH_KEY = f"/-/ice/{KEY}{ASKED}"
BEARER = f"Authorization: Bearer {KEY}"
PAGE, FOREIGN_PAGE = f"Origin: {ORIGIN}", f"Origin: {FOREIGN}"


@pytest.mark.parametrize(
    ("page", "path", "fields"),
    [
        (KEYED, WITH_KEY, ()),
        (KEYED, f"//-/ice//{KEY}/{ASKED}", ()),
        (KEYED, f"/-/ice{ASKED}", (BEARER,)),
        (KEYED, f"/-/ice/{ASKED}", (f"authorization: bearer  {KEY}",)),
        (KEYED, WITH_KEY, (FOREIGN_PAGE,)),
        (KEYED, WITH_KEY, ("Origin: null",)),
        (KEYED, WITH_KEY, ("Authorization: Basic dTpw",)),
        (LISTED, f"/-/ice{ASKED}", (PAGE,)),
        (LISTED, f"/-/ice/{OTHER}{ASKED}", (PAGE,)),
        (BOTH, f"/-/ice{ASKED}", (PAGE,)),
        (BOTH, WITH_KEY, ()),
        (BOTH, WITH_KEY, (PAGE,)),
        (OPEN, f"/-/ice{ASKED}", ()),
        (OPEN, f"/-/ice/{OTHER}{ASKED}", (FOREIGN_PAGE,)),
        (called_by(LISTED, is_open=True), f"/-/ice{ASKED}", ()),
    ],
)
def test_who_gets_a_credential(page: Page, path: str, fields: tuple[str, ...]) -> None:
    for method in ("GET", "POST"):
        granted = judged(page, path, *fields, method=method)
        assert isinstance(granted, Grant)
        assert granted.request == ("webrtc", "auto", None)


@pytest.mark.parametrize(
    ("page", "path", "fields", "refusal"),
    [
        (KEYED, f"/-/ice{ASKED}", (), KeyRefused),
        (KEYED, f"/-/ice{ASKED}", (PAGE,), KeyRefused),
        (KEYED, f"/-/ice{ASKED}&key={KEY}", (), KeyRefused),
        (KEYED, f"/-/ice/{OTHER}{ASKED}", (), KeyRefused),
        (KEYED, f"/-/ice/{OTHER}{ASKED}", (BEARER,), KeyRefused),
        (KEYED, f"/-/ice/{KEY.upper()}{ASKED}", (), KeyRefused),
        (KEYED, f"/-/ice{ASKED}", (f"Authorization: Bearer {OTHER}",), KeyRefused),
        (KEYED, f"/-/ice{ASKED}", (f"Authorization: Basic {KEY}",), KeyRefused),
        (KEYED, f"/-/ice{ASKED}", (f"Authorization: {KEY}",), KeyRefused),
        (LISTED, f"/-/ice{ASKED}", (), OriginRefused),
        (LISTED, f"/-/ice{ASKED}", (FOREIGN_PAGE,), OriginRefused),
        (LISTED, f"/-/ice{ASKED}", ("Origin: null",), OriginRefused),
        (BOTH, f"/-/ice{ASKED}", (), KeyRefused),
        (BOTH, WITH_KEY, (FOREIGN_PAGE,), OriginRefused),
        (BOTH, f"/-/ice/{OTHER}{ASKED}", (PAGE,), KeyRefused),
        (called_by(LISTED, is_open=True), f"/-/ice{ASKED}", (FOREIGN_PAGE,), OriginRefused),
        (KEYED, f"/-/ice/{KEY}/more{ASKED}", (), NoRoute),
        (KEYED, f"/-/ice/{KEY}?sdk=other", (), UnknownSdk),
        (KEYED, f"/-/ice/{KEY}", (), UnknownSdk),
        (KEYED, f"{WITH_KEY}&sdk=webrtc", (), BadRequest),
        (KEYED, f"{WITH_KEY}&mode=udp&mode=tls", (), BadRequest),
    ],
)
def test_who_does_not(
    page: Page, path: str, fields: tuple[str, ...], refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal) as refused:
        judged(page, path, *fields)
    assert KEY not in refused.value.detail
    assert OTHER not in refused.value.detail


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(method: str) -> None:
    with pytest.raises(MethodRefused) as refused:
        judged(KEYED, WITH_KEY, method=method)
    assert refused.value.fields == ((b"Allow", b"GET, POST, OPTIONS"),)


def test_a_preflight_has_no_bearer_yet_and_shows_a_wrong_key_of_the_path() -> None:
    asks = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
    for page, path, fields in (
        (KEYED, "/-/ice", (FOREIGN_PAGE,)),
        (KEYED, WITH_KEY, (FOREIGN_PAGE,)),
        (LISTED, "/-/ice", (PAGE,)),
    ):
        reply = judged(page, path, *fields, *asks, method="OPTIONS")
        assert isinstance(reply, Reply)
        assert reply.status == 204
        assert (b"Access-Control-Allow-Headers", b"authorization") in reply.fields
    with pytest.raises(KeyRefused):
        judged(KEYED, f"/-/ice/{OTHER}", PAGE, *asks, method="OPTIONS")
    with pytest.raises(OriginRefused):
        judged(BOTH, WITH_KEY, FOREIGN_PAGE, *asks, method="OPTIONS")


def test_an_options_that_is_no_preflight_says_what_can_be_asked() -> None:
    reply = judged(KEYED, "/-/ice", method="OPTIONS")
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (204, b"")
    assert (b"Allow", b"GET, POST, OPTIONS") in reply.fields


def test_the_first_mode_is_what_who_asks_for_none_gets() -> None:
    forced = replace(KEYED, turn=replace(TURN, modes=("tls", "auto")))
    granted = judged(forced, WITH_KEY)
    assert isinstance(granted, Grant)
    assert granted.request.mode == "tls"


def test_the_answer_is_the_sdks_with_what_no_cache_may_keep() -> None:
    granted = judged(BOTH, f"{WITH_KEY}&mode=udp&format=cloudflare&ttl=86400", PAGE)
    assert isinstance(granted, Grant)
    assert granted.status == 201
    reply = granted.reply(Credential("1:a", "secret", 600, 1))
    assert reply.status == 201
    assert json.loads(reply.body) == ["udp", "cloudflare", "gw.example", "1:a"]
    assert (b"Cache-Control", b"no-store") in reply.fields
    assert (b"Content-Type", b"application/json") in reply.fields
    assert (b"Access-Control-Allow-Origin", ORIGIN.encode()) in reply.fields
    assert (b"Vary", b"Origin") in reply.fields


def test_the_answer_says_when_to_ask_again_whatever_its_shape() -> None:
    granted = judged(BOTH, WITH_KEY, PAGE)
    assert isinstance(granted, Grant)
    reply = granted.reply(Credential("1700000600:a", "secret", 600, 1700000600))
    assert isinstance(json.loads(reply.body), list)  # which has no place for it
    assert (b"X-Credential-Ttl", b"600") in reply.fields
    assert (b"X-Credential-Expires", b"1700000600") in reply.fields
    [exposed] = [value for name, value in reply.fields if name == b"Access-Control-Expose-Headers"]
    assert {b"X-Credential-Ttl", b"X-Credential-Expires"} <= set(exposed.split(b", "))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (b"/-/ice", None),
        (b"/-/ice/", None),
        (b"/-/ice//", None),
        (b"/-/ice?a=/-/ice/k", None),
        (b"/-/ice/k", b"k"),
        (b"///-/ice//k//", b"k"),
        (b"/-/ice/k?x/y", b"k"),
        (b"/-/ice/k/more/", b"k"),
    ],
)
def test_where_a_key_stands(path: bytes, key: bytes | None) -> None:
    assert ice_page.is_asked(path)
    assert ice_page.key_in(path) == key


@pytest.mark.parametrize(
    "path", [b"/-/icex", b"/-/", b"/-", b"/", b"/ice", b"/-/ICE", b"/-//ice", b"/-/live/ice", b""]
)
def test_another_page(path: bytes) -> None:
    assert not ice_page.is_asked(path)


@given(st.sampled_from([KEYED, LISTED, BOTH, OPEN]), st.binary(max_size=40), st.binary(max_size=20))
def test_law_whatever_is_asked_is_granted_or_refused(
    page: Page, behind: bytes, token: bytes
) -> None:
    fields = Fields([(b"Authorization", b"Bearer " + token)])
    try:
        verdict = page.judge("GET", b"/-/ice" + behind, fields, page.callers.cors.judge(fields))
    except GatewayError:
        return
    assert isinstance(verdict, Grant)
    assert page is OPEN
