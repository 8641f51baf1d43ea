"""Cross-origin requests: who may call, and exactly what the browser is told."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.errors import OriginRefused
from sigproxy.policies.cors import Cors, CorsPolicy
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field
from tests.strategies import wire_bytes

APP = b"https://app.example"
ANY = CorsPolicy()
LISTED = CorsPolicy(
    (
        "https://app.example",
        "https://*.example.com",
        "https://*.dev.example:8443",
        "http://localhost:5173",
        "capacitor://localhost",
    )
)

ACAO, ACAC = b"Access-Control-Allow-Origin", b"Access-Control-Allow-Credentials"
ALLOWED: list[Field] = [(ACAO, APP), (ACAC, b"true")]
VARY: Field = (b"Vary", b"Origin")
EXPOSED: Field = (b"Access-Control-Expose-Headers", b"Proxy-Status, X-Request-Id, Retry-After")


def judged(policy: CorsPolicy, origin: bytes | None) -> Cors:
    return policy.judge(() if origin is None else ((b"origin", origin),))


# --- who may call ---------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [APP, b"null", b"https://evil.org", b"file://", b"\xff"])
def test_where_any_origin_may_call_each_is_reflected(origin: bytes) -> None:
    cors = judged(ANY, origin)
    cors.admit()
    assert cors == Cors(origin, any_origin=True)


@pytest.mark.parametrize("byte", [b"\r", b"\n", b"\0"])
def test_an_origin_that_would_end_the_field_is_not_reflected(byte: bytes) -> None:
    cors = judged(ANY, APP + byte + b"Set-Cookie: a=1")
    assert cors.origin is None
    with pytest.raises(OriginRefused):
        cors.admit()


@pytest.mark.parametrize(
    "origin",
    [
        b"https://app.example",
        b"https://a.example.com",
        b"https://a.b.example.com",
        b"https://xn--bcher-kva.example.com",
        b"https://a.dev.example:8443",
        b"http://localhost:5173",
        b"capacitor://localhost",
    ],
)
def test_a_listed_origin_may_call(origin: bytes) -> None:
    cors = judged(LISTED, origin)
    cors.admit()
    assert cors == Cors(origin, any_origin=False)


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(b"https://evil.org", id="another"),
        pytest.param(b"https://evilexample.com", id="suffix-without-dot"),
        pytest.param(b"https://example.com.evil.org", id="prefix"),
        pytest.param(b"https://a.example.com.evil.org", id="wildcard-as-prefix"),
        pytest.param(b"https://example.com", id="apex-is-not-under-the-wildcard"),
        pytest.param(b"https://.example.com", id="empty-label"),
        pytest.param(b"https://a..example.com", id="empty-label-inside"),
        pytest.param(b"https://x.app.example", id="below-an-exact-entry"),
        pytest.param(b"http://app.example", id="http"),
        pytest.param(b"http://a.example.com", id="http-under-the-wildcard"),
        pytest.param(b"https://app.example:8443", id="another-port"),
        pytest.param(b"https://a.example.com:8443", id="another-port-under-the-wildcard"),
        pytest.param(b"https://a.dev.example", id="port-missing"),
        pytest.param(b"https://a.dev.example:84430", id="longer-port"),
        pytest.param(b"https://app.example/", id="path"),
        pytest.param(b"https://evil.org/.example.com", id="suffix-in-the-path"),
        pytest.param(b"https://evil.org?.example.com", id="suffix-in-the-query"),
        pytest.param(b"https://evil.org#.example.com", id="suffix-in-the-fragment"),
        pytest.param(b"https://evil.org\\.example.com", id="suffix-behind-a-backslash"),
        pytest.param(b"https://evil.org:443.example.com", id="suffix-in-the-port"),
        pytest.param(b"https://evil@a.example.com", id="userinfo"),
        pytest.param(b"https://evil.org https://a.example.com", id="two-origins"),
        pytest.param(b"https://a\t.example.com", id="tab"),
        pytest.param(b"https://\xff.example.com", id="outside-ASCII"),
        pytest.param(b"https://[evil", id="bracket-not-closed"),
        pytest.param(b"https://[x]", id="no-address-in-brackets"),
        pytest.param(b"https://[::1].example.com", id="address-below-the-wildcard"),
        pytest.param(b"null", id="null"),
        pytest.param(b"*", id="star"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_foreign_origin_is_refused_and_told_nothing(origin: bytes) -> None:
    cors = judged(LISTED, origin)
    assert cors == Cors(None, any_origin=False, foreign=origin)
    with pytest.raises(OriginRefused):
        cors.admit()
    assert f.first(cors.error_fields(), b"access-control-allow-origin") is None


def test_the_refusal_names_the_origin_and_the_remedy() -> None:
    with pytest.raises(OriginRefused) as error:
        judged(LISTED, b"https://evil.org").admit()
    assert error.value.detail == (
        "the page's origin 'https://evil.org' is not among the `allowed_origins`; "
        "the gateway's operator can add it"
    )


def test_an_origin_that_cannot_be_listed_has_another_remedy() -> None:
    with pytest.raises(OriginRefused) as error:
        judged(LISTED, b"null").admit()
    assert error.value.detail == (
        "the page's origin is 'null', as that of a sandboxed frame or a local file; it cannot "
        "stand in `allowed_origins`: serve the page from an https origin of its own"
    )


@pytest.mark.parametrize("origin", [b"file://", b"app://-", b"app://.", b"qrc://"])
def test_an_apps_origin_is_listed_as_it_is_sent(origin: bytes) -> None:
    policy = CorsPolicy((origin.decode(),))
    judged(policy, origin).admit()
    for other in (origin + b"x", origin + b"/", b"null", b"https" + origin, b"app://--"):
        assert judged(policy, other).foreign == other


def test_the_refusal_does_not_grow_with_the_origin() -> None:
    with pytest.raises(OriginRefused) as error:
        judged(LISTED, b"https://\xff" + b"x" * 10_000).admit()
    assert len(error.value.detail) < 400


@pytest.mark.parametrize("policy", [ANY, LISTED], ids=["any", "listed"])
def test_without_an_origin_no_page_calls(policy: CorsPolicy) -> None:
    cors = judged(policy, None)
    cors.admit()
    assert cors.origin is None
    assert cors.carries_cookies


MAY_CALL = re.compile(
    rb"https://app\.example|https://([a-z0-9-]+\.)+example\.com|http://localhost:5173"
    rb"|https://([a-z0-9-]+\.)+dev\.example:8443|capacitor://localhost"
)


@given(
    wire_bytes
    | wire_bytes.map(lambda each: b"https://" + each + b".example.com")
    | st.from_regex(MAY_CALL, fullmatch=True)
)
@example(b"https://[")
def test_law_exactly_the_listed_origins_may_call(origin: bytes) -> None:
    cors = judged(LISTED, origin)
    assert (cors.origin is not None) == bool(MAY_CALL.fullmatch(origin.lower()))
    assert cors.origin in (None, origin)
    assert cors.foreign == (origin if cors.origin is None else None)


@pytest.mark.parametrize(
    ("policy", "origin", "carries"),
    [(ANY, None, True), (ANY, APP, False), (LISTED, None, True), (LISTED, APP, True)],
)
def test_cookies_cross_where_no_foreign_page_could_use_them(
    policy: CorsPolicy, origin: bytes | None, carries: bool
) -> None:
    assert judged(policy, origin).carries_cookies is carries


# --- what the browser is told ---------------------------------------------------------------


@pytest.mark.parametrize("policy", [ANY, LISTED], ids=["any", "listed"])
def test_a_response_names_the_page(policy: CorsPolicy) -> None:
    """The Origin and never "*", which with credentials is refused by browsers."""
    fields: list[Field] = [(b"Content-Type", b"text/plain")]
    assert judged(policy, APP).response_fields(fields) == [*fields, *ALLOWED, VARY]


def test_without_an_origin_the_answer_depends_on_whether_any_may_call() -> None:
    assert judged(ANY, None).response_fields([]) == [(ACAO, b"*"), VARY]
    assert judged(LISTED, None).response_fields([]) == [VARY]


UPSTREAMS: list[Field] = [
    (b"access-control-allow-origin", b"https://vendor.example"),
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Allow-Credentials", b"false"),
    (b"ACCESS-CONTROL-ALLOW-METHODS", b"GET"),
    (b"Access-Control-Allow-Headers", b"*"),
    (b"Access-Control-Allow-Private-Network", b"true"),
    (b"Access-Control-Max-Age", b"1"),
]


@pytest.mark.parametrize(
    ("policy", "origin", "told"),
    [
        pytest.param(ANY, APP, ALLOWED, id="any"),
        pytest.param(ANY, None, [(ACAO, b"*")], id="any-without-origin"),
        pytest.param(LISTED, APP, ALLOWED, id="listed"),
    ],
)
def test_what_the_upstream_allows_is_dropped_and_what_it_exposes_kept(
    policy: CorsPolicy, origin: bytes | None, told: list[Field]
) -> None:
    exposed: list[Field] = [
        (b"Access-Control-Expose-Headers", b"x-ms-request-id"),
        (b"Timing-Allow-Origin", b"*"),
    ]
    sent = judged(policy, origin).response_fields([*UPSTREAMS, *exposed])
    assert sent == [*exposed, *told, VARY]


def test_where_no_page_asks_and_pages_are_listed_the_upstream_may_speak() -> None:
    assert judged(LISTED, None).response_fields(UPSTREAMS) == [*UPSTREAMS, VARY]


@pytest.mark.parametrize(
    ("vary", "added"),
    [
        ([], [VARY]),
        ([b"Accept-Encoding"], [VARY]),
        ([b"Origin"], []),
        ([b"Accept-Encoding, origin"], []),
        ([b"Accept-Encoding", b"ORIGIN"], []),
        ([b"*"], []),
        ([b"Original"], [VARY]),
        ([b""], [VARY]),
    ],
)
def test_vary_is_not_doubled(vary: list[bytes], added: list[Field]) -> None:
    fields = [(b"vary", value) for value in vary]
    assert judged(ANY, APP).response_fields(fields) == [*fields, *ALLOWED, *added]


NAMES = st.sampled_from([*(name for name, _ in UPSTREAMS), b"Vary", b"Set-Cookie", b"X"])


@given(
    st.sampled_from([ANY, LISTED]),
    st.lists(st.tuples(NAMES, st.sampled_from([b"*", b"Origin", b"x"]))),
)
def test_law_a_page_finds_exactly_one_of_each(policy: CorsPolicy, fields: list[Field]) -> None:
    sent = judged(policy, APP).response_fields(fields)
    assert f.values(sent, b"access-control-allow-origin") == [APP]
    assert f.values(sent, b"access-control-allow-credentials") == [b"true"]
    varied = [each.lower() for each in f.elements(sent, b"vary")]
    assert b"origin" in varied or b"*" in varied
    assert [each for each in sent if each[0] == b"X"] == [
        each for each in fields if each[0] == b"X"
    ]


def test_our_own_errors_can_be_read_by_the_page() -> None:
    assert judged(LISTED, APP).error_fields() == [*ALLOWED, EXPOSED, VARY]
    assert judged(ANY, None).error_fields() == [(ACAO, b"*"), EXPOSED, VARY]
    assert judged(LISTED, None).error_fields() == [EXPOSED, VARY]


def test_before_a_route_is_known_any_page_may_read_the_error() -> None:
    assert Cors.unjudged(((b"Origin", APP),)).error_fields() == [*ALLOWED, EXPOSED, VARY]
    assert Cors.unjudged(()).error_fields() == [(ACAO, b"*"), EXPOSED, VARY]
    assert not Cors.unjudged(((b"Origin", APP),)).carries_cookies
