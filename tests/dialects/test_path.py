"""The path dialect: what real SDKs send, what attackers send, and the law of dialects."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.dialects.path import PathDialect
from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.strategies import authorities, targets, wire_bytes

PATH = PathDialect()


@pytest.mark.parametrize(
    ("request_target", "url"),
    [
        pytest.param(
            "/ecs.communication.microsoft.com//config/v1/Skype/x?CLRelease=1",
            "https://ecs.communication.microsoft.com/config/v1/Skype/x?CLRelease=1",
            id="acs-ecs-dslash",
        ),
        pytest.param(
            "/go.trouter.communication.microsoft.com/?check=1&tc=%7B%22v%22%3A%223617%2F2%22%7D",
            "https://go.trouter.communication.microsoft.com/"
            "?check=1&tc=%7B%22v%22%3A%223617%2F2%22%7D",
            id="acs-trouter-check",
        ),
        pytest.param(
            "/go.trouter.communication.microsoft.com/v4/c"
            "?tc=%7B%22cv%22:%221%22,%22v%22:%223617/2%22%7D&ccid=&dom=localhost",
            "https://go.trouter.communication.microsoft.com/v4/c"
            "?tc=%7B%22cv%22:%221%22,%22v%22:%223617/2%22%7D&ccid=&dom=localhost",
            id="acs-trouter-v4c-ws",
        ),
        pytest.param(
            "/api.flightproxy.skype.com/api/v2/cpconv",
            "https://api.flightproxy.skype.com/api/v2/cpconv",
            id="acs-double-once-peeled",
        ),
        pytest.param(
            "/config.ecs.gov.teams.microsoft.us//config/v1/x",
            "https://config.ecs.gov.teams.microsoft.us/config/v1/x",
            id="acs-gov",
        ),
        pytest.param(
            "/prod.mediabroker.communications.svc.cloud.microsoft/x",
            "https://prod.mediabroker.communications.svc.cloud.microsoft/x",
            id="acs-dotmicrosoft",
        ),
        pytest.param(
            "/h.example.com:3443/v4/f/x/", "https://h.example.com:3443/v4/f/x/", id="acs-port"
        ),
        pytest.param(
            "/watchrtc-server.cyara.com?apiKey=a",
            "https://watchrtc-server.cyara.com/?apiKey=a",
            id="wrtc-ws-noslash",
        ),
        pytest.param(
            "/watchrtc-server.cyara.com/?apiKey=abc",
            "https://watchrtc-server.cyara.com/?apiKey=abc",
            id="wrtc-ws-slash",
        ),
        pytest.param(
            "/watchrtc-server.cyara.com//error",
            "https://watchrtc-server.cyara.com/error",
            id="wrtc-error-dslash",
        ),
        pytest.param(
            "/mantis-prod-us.opentok.com:443/rumorwebsocketsv2",
            "https://mantis-prod-us.opentok.com/rumorwebsocketsv2",
            id="ot-ws",
        ),
        pytest.param(
            "/c.daily.co/call-machine/versioned/0.87/static/call-machine-object-bundle.js",
            "https://c.daily.co/call-machine/versioned/0.87/static/call-machine-object-bundle.js",
            id="daily-bundle",
        ),
        pytest.param(
            "/signal.m1.ue1.app.chime.aws/control/1?X-Chime-Control-Protocol-Version=3",
            "https://signal.m1.ue1.app.chime.aws/control/1?X-Chime-Control-Protocol-Version=3",
            id="chime-ws",
        ),
        pytest.param(
            "/a.example.com/x%2Fy%20z?q=a%2Bb+c/d",
            "https://a.example.com/x%2Fy%20z?q=a%2Bb+c/d",
            id="enc-path",
        ),
        pytest.param("/a.example.com", "https://a.example.com/", id="host-only"),
        pytest.param("///a.example.com//x", "https://a.example.com/x", id="slashes-on-both-sides"),
        pytest.param("/A.Example.COM./x", "https://a.example.com/x", id="upper-case-final-dot"),
        pytest.param("/localhost:8443/x", "https://localhost:8443/x", id="one-label-with-port"),
        pytest.param("/10.0.0.5/evil.com/x", "https://10.0.0.5/evil.com/x", id="address-is-host"),
        pytest.param("/[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", id="IPv6"),
    ],
)
def test_vectors(request_target: str, url: str) -> None:
    assert str(PATH.resolve(request_target.encode())) == url


@pytest.mark.parametrize(
    ("behind", "path"),
    [
        (b"////x", b"/x"),
        (b"//", b"/"),
        (b"//?x=1", b"/?x=1"),
        (b"/x//y", b"/x//y"),
        (b"//x//y//", b"/x//y//"),
        (b"/%2F/x", b"/%2F/x"),
        (b"?x=//y", b"/?x=//y"),
        (b"/?", b"/?"),
        (b"/x?y?z", b"/x?y?z"),
        (b"/\xff?\xfe", b"/\xff?\xfe"),
    ],
)
def test_slashes_collapse_right_behind_the_authority_only(behind: bytes, path: bytes) -> None:
    assert PATH.resolve(b"/a.example.com" + behind) == Target(Authority("a.example.com"), path)


@pytest.mark.parametrize(
    "behind",
    [
        b"/../evil.com/x",
        b"/..%2fevil.com/x",
        b"/%2e%2e/evil.com",
        b"//evil.com/x",
        rb"/\evil.com",
        b"/@evil.com/",
        b"?@evil.com/",
    ],
)
def test_no_path_leads_to_another_host(behind: bytes) -> None:
    assert PATH.resolve(b"/a.example.com" + behind).authority == Authority("a.example.com")


@pytest.mark.parametrize("request_target", [b"/", b"//", b"/?x=1", b"//?x=1", b"", b"x"])
def test_no_first_segment(request_target: bytes) -> None:
    with pytest.raises(NoRoute) as error:
        PATH.resolve(request_target)
    assert error.value.detail == "the path names no upstream; it should be /<host>/<path>"


@pytest.mark.parametrize(
    ("request_target", "shown"),
    [
        (b"/favicon", "'favicon'"),
        (b"/a%2eexample%2ecom/x", "'a%2eexample%2ecom'"),
        (b"/localhost/x", "'localhost'"),
        (b"/caf\xc3\xa9", r"'caf\\xc3\\xa9'"),
        (b"/" + b"a" * 61 + b"?x", f"'{'a' * 60}'"),
    ],
)
def test_a_first_segment_that_does_not_try_to_be_a_host(request_target: bytes, shown: str) -> None:
    with pytest.raises(NoRoute) as error:
        PATH.resolve(request_target)
    assert error.value.detail == f"{shown} is not a host; the path should be /<host>/<path>"


@pytest.mark.parametrize(
    "request_target",
    [
        b"/foo@evil.com/x",
        b"/user:secret@evil.com/x",
        b"/a.example.com%00/x",
        b"/a.example.com%2f@evil.com/x",
        rb"/a.example.com\evil.com/x",
        b"/a.example.com:0/x",
        b"/a.example.com:/x",
        b"/a.example.com:+443/x",
        b"/:443/x",
        b"/./x",
        b"/../x",
        b"/a..example.com/x",
        b"/127.1/x",
        b"/0x7f.1/x",
        b"/2130706433:443/x",
        b"/127.0.0.1[::1]/x",
        b"/[::1%25eth0]/x",
        b"/a_b.example.com/x",
        b"/*.example.com/x",
        "/bücher.example/x".encode(),
    ],
)
def test_a_first_segment_that_is_a_host_to_some_readers_only(request_target: bytes) -> None:
    with pytest.raises(BadTarget):
        PATH.resolve(request_target)


@pytest.mark.parametrize(
    ("url", "request_target"),
    [
        (Target(Authority("a.example.com"), b"/x?y"), b"/a.example.com/x?y"),
        (Target(Authority("a.example.com", 8443), b"/"), b"/a.example.com:8443/"),
        (Target(Authority("2001:db8::1"), b"/"), b"/[2001:db8::1]/"),
        (Target(Authority("a.example.com"), b"//x"), None),
    ],
)
def test_expose(url: Target, request_target: bytes | None) -> None:
    assert PATH.expose(url) == request_target


@given(targets)
@example(Target(Authority("localhost"), b"/x"))
def test_law_resolve_inverts_expose(target: Target) -> None:
    exposed = PATH.expose(target)
    if exposed is None:
        assert target.path.startswith(b"//")
    else:
        assert PATH.resolve(exposed) == target


@given(wire_bytes | wire_bytes.map(lambda each: b"/" + each))
def test_law_any_bytes_are_a_target_or_a_request_error(request_target: bytes) -> None:
    try:
        target = PATH.resolve(request_target)
    except (BadTarget, NoRoute):
        return
    assert target.path.startswith(b"/")
    assert not target.path.startswith(b"//")


@given(authorities, wire_bytes)
def test_law_the_first_segment_alone_decides_the_host(authority: Authority, tail: bytes) -> None:
    host = f"{authority}" if authority.port != 443 else f"{authority}:443"
    target = PATH.resolve(b"/" + host.encode() + b"/" + tail)
    assert target == Target(authority, b"/" + tail.lstrip(b"/"))


@given(st.data(), targets)
def test_law_what_was_asked_is_what_is_exposed(data: st.DataObject, target: Target) -> None:
    """A URL resolved from a request exposes to one that resolves to the same URL."""
    slashes = data.draw(st.sampled_from([b"", b"/", b"///"]))
    asked = b"/" + str(target.authority).encode() + slashes + target.path
    try:
        resolved = PATH.resolve(asked)
    except NoRoute:
        return
    exposed = PATH.expose(resolved)
    assert exposed is not None
    assert PATH.resolve(exposed) == resolved


@pytest.mark.parametrize(
    ("host", "path", "below"),
    [
        (b"api.example.com", b"/", b"/api.example.com"),
        (b"api.example.com:8443", b"/v1/", b"/api.example.com:8443/v1"),
        (b"API.example.com.:443", b"//x?y", b"/api.example.com//x?y"),
        (b"[::1]", b"/", b"/[::1]"),
        (b"lone", b"/x", b"/lone:443/x"),
    ],
)
def test_a_cookie_belongs_below_its_host(host: bytes, path: bytes, below: bytes) -> None:
    assert PATH.cookie_path(Authority.parse(host), path) == below
