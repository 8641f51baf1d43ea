"""The fixed dialect: one upstream, its path kept or dropped, and the law of dialects."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.dialects.fixed import FixedDialect
from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.strategies import targets, wire_bytes

WATCH = FixedDialect.parse("https://watchrtc-server.cyara.com/")
BASE = FixedDialect.parse("https://vendor.example:8443/base/")
EXPRESS = FixedDialect.parse("https://microsoft.com/forwarder/", keep_path=False)
ALL = (WATCH, BASE, EXPRESS, FixedDialect.parse("wss://trtc.example/ws/", keep_path=False))


@pytest.mark.parametrize(
    ("dialect", "request_target", "url"),
    [
        (WATCH, "/?apiKey=a&b", "https://watchrtc-server.cyara.com/?apiKey=a&b"),
        (WATCH, "?apiKey=a", "https://watchrtc-server.cyara.com/?apiKey=a"),
        (WATCH, "", "https://watchrtc-server.cyara.com/"),
        (WATCH, "/trace", "https://watchrtc-server.cyara.com/trace"),
        (WATCH, "//error", "https://watchrtc-server.cyara.com/error"),
        (
            WATCH,
            "//get-qualityrtc-config?apiKey=a",
            "https://watchrtc-server.cyara.com/get-qualityrtc-config?apiKey=a",
        ),
        (WATCH, "/x%2Fy//z/../w?q=//", "https://watchrtc-server.cyara.com/x%2Fy//z/../w?q=//"),
        (WATCH, "/evil.com/x", "https://watchrtc-server.cyara.com/evil.com/x"),
        (BASE, "", "https://vendor.example:8443/base"),
        (BASE, "?x=1", "https://vendor.example:8443/base?x=1"),
        (BASE, "/?x=1", "https://vendor.example:8443/base/?x=1"),
        (BASE, "/a/b?x=/", "https://vendor.example:8443/base/a/b?x=/"),
        (BASE, "/a/...//.b/..c", "https://vendor.example:8443/base/a/...//.b/..c"),
        (EXPRESS, "/../x", "https://microsoft.com/forwarder/"),
        (EXPRESS, "", "https://microsoft.com/forwarder/"),
        (EXPRESS, "/any/path?x=1", "https://microsoft.com/forwarder/?x=1"),
    ],
)
def test_resolve(dialect: FixedDialect, request_target: str, url: str) -> None:
    assert str(dialect.resolve(request_target.encode())) == url


@pytest.mark.parametrize(
    "path",
    ["/..", "/../x", "/a/../../x", "/%2e%2E/x", "/.%2e/x", "/a%2f..%2fx", "/..;", "/..\\x"],
)
def test_nothing_leads_out_of_the_base(path: str) -> None:
    with pytest.raises(BadTarget):
        BASE.resolve(path.encode())
    assert WATCH.resolve(path.encode()).path == path.encode()  # no base, nothing to lead out of


def test_a_target_that_climbs_out_of_the_base_is_not_exposed() -> None:
    """A Location that leads there passes as it is: the way back would be refused."""
    assert BASE.expose(Target(BASE.authority, b"/base/../x")) is None
    assert WATCH.expose(Target(WATCH.authority, b"/../x")) == b"/../x"


@pytest.mark.parametrize(
    ("upstream", "authority", "base_path"),
    [
        ("https://a.example", Authority("a.example"), b""),
        ("wss://a.example/", Authority("a.example"), b""),
        ("HTTPS://A.example:8443/x/y", Authority("a.example", 8443), b"/x/y"),
        ("https://[2001:db8::1]/x/", Authority("2001:db8::1"), b"/x"),
    ],
)
def test_parse(upstream: str, authority: Authority, base_path: bytes) -> None:
    dialect = FixedDialect.parse(upstream)
    assert (dialect.authority, dialect.base_path) == (authority, base_path)


@pytest.mark.parametrize(
    "upstream",
    [
        "",
        "a.example",
        "/x",
        "http://a.example",
        "ws://a.example",
        "https://",
        "https:///x",
        "https://a.example?x=1",
        "https://a.example/x?y",
        "https://a.example/#f",
        "https://u@a.example",
        "https://a.example/x y",
        "https://a.example/x\r\nX: y",
        "https://a.example/x\n",
        "https://a%2eb",
        "https://a.example\\x",
        "https://a.example/é",
    ],
)
def test_parse_refuses(upstream: str) -> None:
    with pytest.raises(BadTarget):
        FixedDialect.parse(upstream)


@pytest.mark.parametrize(
    ("dialect", "url", "request_target"),
    [
        (WATCH, Target(WATCH.authority, b"/trace?x"), b"/trace?x"),
        (BASE, Target(BASE.authority, b"/base/a?x"), b"/a?x"),
        (BASE, Target(BASE.authority, b"/base"), b""),
        (EXPRESS, Target(EXPRESS.authority, b"/forwarder/?x=1"), b"?x=1"),
        pytest.param(BASE, Target(BASE.authority, b"/basement"), None, id="not-below-the-base"),
        pytest.param(BASE, Target(BASE.authority, b"/other"), None, id="beside-the-base"),
        pytest.param(BASE, Target(BASE.authority, b"/base//a"), None, id="would-collapse"),
        pytest.param(EXPRESS, Target(EXPRESS.authority, b"/forwarder/a"), None, id="path-dropped"),
        pytest.param(WATCH, Target(Authority("other.example"), b"/"), None, id="other-host"),
        pytest.param(WATCH, Target(Authority(WATCH.authority.host, 8443), b"/"), None, id="port"),
    ],
)
def test_expose(dialect: FixedDialect, url: Target, request_target: bytes | None) -> None:
    assert dialect.expose(url) == request_target


_below = st.builds(
    lambda dialect, path: (dialect, Target(dialect.authority, dialect.base_path + path)),
    st.sampled_from(ALL),
    wire_bytes,
)


@given(st.tuples(st.sampled_from(ALL), targets) | _below)
@example((WATCH, Target(WATCH.authority, b"/")))
def test_law_resolve_inverts_expose(drawn: tuple[FixedDialect, Target]) -> None:
    dialect, target = drawn
    exposed = dialect.expose(target)
    if exposed is not None:
        assert dialect.resolve(exposed) == target


@given(st.sampled_from(ALL), wire_bytes.map(lambda each: b"/" + each) | wire_bytes)
def test_law_no_bytes_reach_another_host(dialect: FixedDialect, request_target: bytes) -> None:
    try:
        target = dialect.resolve(request_target)
    except BadTarget:
        assert dialect.base_path
        assert dialect.keep_path
        return
    assert target.authority == dialect.authority
    assert target.path.startswith(dialect.base_path or b"/")


@pytest.mark.parametrize(
    ("dialect", "path", "below"),
    [
        (WATCH, b"/", b""),
        (WATCH, b"/v1", b"/v1"),
        (WATCH, b"/v1/", b"/v1"),
        (BASE, b"/", b""),
        (BASE, b"/base", b""),
        (BASE, b"/base/", b""),
        (BASE, b"/base/v1?x", b"/v1?x"),
        (BASE, b"/bas", None),
        (BASE, b"/basement", None),
        (BASE, b"/other", None),
        (EXPRESS, b"/", b""),
        (EXPRESS, b"/forwarder", b""),
        (EXPRESS, b"/forwarder/", b""),
        (EXPRESS, b"/forwarder/a", None),
    ],
)
def test_where_a_cookie_belongs(dialect: FixedDialect, path: bytes, below: bytes | None) -> None:
    assert dialect.cookie_path(dialect.authority, path) == below
    assert dialect.cookie_path(Authority("other.example"), path) is None
    assert dialect.cookie_path(Authority(dialect.authority.host, 444), path) is None


def goes_with(path: bytes, cookie_path: bytes) -> bool:
    """RFC 6265, 5.1.4."""
    return f"{path.decode('latin-1')}/".startswith(f"{cookie_path.decode('latin-1')}/")


_paths = st.lists(st.sampled_from([b"base", b"v1", b"forwarder", b"ws", b"x"]), max_size=3).map(
    lambda segments: b"".join(b"/" + each for each in segments)
)


@given(st.sampled_from(ALL), _paths, _paths)
def test_law_a_cookie_goes_with_the_requests_that_the_vendor_meant(
    dialect: FixedDialect, cookie_path: bytes, request_target: bytes
) -> None:
    below = dialect.cookie_path(dialect.authority, cookie_path or b"/")
    goes = below is not None and goes_with(request_target, below)
    assert goes == goes_with(dialect.resolve(request_target).path.rstrip(b"/"), cookie_path)
