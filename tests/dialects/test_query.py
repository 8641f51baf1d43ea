"""The query dialect: what Agora's SDK sends, what attackers send, and the law of dialects."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.dialects.query import FORMS, PORTS, QueryDialect
from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.strategies import names, targets, wire_bytes

QUERY = QueryDialect()


@pytest.mark.parametrize(
    ("request_target", "url"),
    [
        pytest.param(
            "/ap/?url=webrtc2-ap-web-1.agora.io/api/v2/transpond/webrtc?v=2",
            "https://webrtc2-ap-web-1.agora.io/api/v2/transpond/webrtc?v=2",
            id="ap-with-its-own-query",
        ),
        pytest.param(
            "/ap/?url=sua-ap-web-1.agora.io/api/v1&action=stringuid",
            "https://sua-ap-web-1.agora.io/api/v1?action=stringuid",
            id="ap-action",
        ),
        pytest.param(
            "/ap/?url=a.agora.io/api?v=2&action=x&y=%20+",
            "https://a.agora.io/api?v=2&action=x&y=%20+",
            id="ap-both",
        ),
        pytest.param(
            "/ap/?action=x&url=a.agora.io/api", "https://a.agora.io/api?action=x", id="ap-last"
        ),
        pytest.param("/ap/?url=a.agora.io", "https://a.agora.io/", id="ap-host-alone"),
        pytest.param("/ap/?url=a.agora.io?v=2", "https://a.agora.io/?v=2", id="ap-host-and-query"),
        pytest.param("/ap/?url=a.agora.io//x", "https://a.agora.io/x", id="ap-two-slashes"),
        pytest.param("/ap/?url=a.agora.io/x%2Fy", "https://a.agora.io/x%2Fy", id="ap-bytes-stay"),
        pytest.param("/ap/?url=a.agora.io:6443/x", "https://a.agora.io:6443/x", id="ap-port"),
        pytest.param("/ap/?url=a.agora.io/x&&a", "https://a.agora.io/x?&a", id="ap-empty-part"),
        pytest.param("/ap?url=a.agora.io/x", "https://a.agora.io/x", id="ap-without-slash"),
        pytest.param("//ap/?url=a.agora.io/x", "https://a.agora.io/x", id="slash-in-front"),
        pytest.param(
            "/rs/?h=statscollector-1.agora.io&p=443&d=/events/messages",
            "https://statscollector-1.agora.io/events/messages",
            id="rs",
        ),
        pytest.param(
            "/rs/?h=statscollector-1.agora.io&p=6443&d=/events/messages",
            "https://statscollector-1.agora.io:6443/events/messages",
            id="rs-of-4.3",
        ),
        pytest.param(
            "/ls/?h=logservice.agora.io&p=443&d=upload/v1",
            "https://logservice.agora.io/upload/v1",
            id="ls",
        ),
        pytest.param(
            "/cs/?h=cds.agora.io&p=443&d=//x&y=1", "https://cds.agora.io/x?y=1", id="cs-and-rest"
        ),
        pytest.param(
            "/cs/?d=x?z=1&y=2&p=443&h=cds.agora.io", "https://cds.agora.io/x?z=1&y=2", id="order"
        ),
        pytest.param(
            "/ws/?h=127-0-0-1.edge.agora.io&p=4700",
            "https://127-0-0-1.edge.agora.io:4700/",
            id="ws",
        ),
        pytest.param(
            "/ws/?h=e.sd-rtn.com&p=443&x=1", "https://e.sd-rtn.com/?x=1", id="ws-and-rest"
        ),
        pytest.param("/ws/?h=e.agora.io&p=5000", "https://e.agora.io:5000/", id="last port"),
        pytest.param("/ws/?h=e.rtnsvc.com&p=5668", "https://e.rtnsvc.com:5668/", id="5668"),
        pytest.param("/ws/?h=E.Agora.IO&p=4999", "https://e.agora.io:4999/", id="upper-case"),
    ],
)
def test_resolve(request_target: str, url: str) -> None:
    assert str(QUERY.resolve(request_target.encode())) == url


@pytest.mark.parametrize(
    ("request_target", "says"),
    [
        ("/ap/", "url= is missing; this form needs url="),
        ("/ap/?", "url= is missing"),
        ("/ap/?url=", "url= is empty"),
        ("/ap/?url", "url= is empty"),
        ("/ap/?h=a.agora.io&p=443", "url= is missing"),
        ("/ap/?url=a.agora.io/x&url=b.agora.io/x", "url= comes twice"),
        ("/ap/?url=a.agora.io/x&u%72l=b.agora.io", "u%72l= should be spelled url="),
        ("/ap/?url=a.agora.io/x&URL=b.agora.io", "URL= should be spelled url="),
        ("/ap/?url=https://a.agora.io/x", "url= begins with a scheme"),
        ("/ap/?url=HTTPS://a.agora.io/x", "url= begins with a scheme"),
        ("/ap/?url=wss:/a.agora.io/x", "url= begins with a scheme"),
        ("/ap/?url=https%3A%2F%2Fa.agora.io%2Fx", "percent-encoded"),
        ("/ap/?url=a%2Eagora.io/x", "the host in url= is percent-encoded"),
        ("/ap/?url=a.agora.io%2Fx", "the host in url= is percent-encoded"),
        ("/ap/?url=u:p@a.agora.io/x", "userinfo"),
        ("/ap/?url=a.agora.io\\@evil.com/x", "userinfo"),
        ("/ap/?url=/x", "is not a host name"),
        ("/ap/?url=//a.agora.io/x", "is not a host name"),
        ("/ap/?url=a.agora.io:22/x", "port 22 is none of Agora's: 443, 4000-5000, 5668, 6443"),
        ("/ap/?url=a.agora.io:/x", "the port is ''"),
        ("/ws/?h=a.agora.io&p=22", "port 22 is none of Agora's"),
        ("/ws/?h=a.agora.io&p=3999", "port 3999"),
        ("/ws/?h=a.agora.io&p=5001", "port 5001"),
        ("/ws/?h=a.agora.io&p=0443", "the port is '0443'"),
        ("/ws/?h=a.agora.io&p=70000", "the port is '70000'"),
        ("/ws/?h=a.agora.io&p=44%33", "p= is percent-encoded"),
        ("/ws/?h=a.agora.io&p=443@evil.com", "userinfo"),
        ("/ws/?h=a.agora.io&p=443/x", "the port is '443/x'"),
        ("/ws/?h=a.agora.io", "p= is missing; this form needs h=, p="),
        ("/ws/?p=443", "h= is missing"),
        ("/ws/?h=&p=443", "h= is empty"),
        ("/ws/?h=a.agora.io&p=", "p= is empty"),
        ("/ws/?h=a.agora.io&p=443&p=443", "p= comes twice"),
        ("/ws/?h=a.agora.io&h=evil.com&p=443", "h= comes twice"),
        ("/ws/?h=a.agora.io&%68=evil.com&p=443", "%68= should be spelled h="),
        ("/ws/?h=a@b&p=443", "userinfo"),
        ("/ws/?h=a.agora.io:4700&p=443", "h= holds more than a host; the port goes into p="),
        ("/ws/?h=a.agora.io/x&p=443", "is not a host name"),
        ("/ws/?h=a.agora.io?x&p=443", "is not a host name"),
        ("/ws/?h=%31%30.0.0.1&p=443", "the host in h= is percent-encoded"),
        ("/ws/?h=0x7f.1&p=443", "neither a name nor an address"),
        ("/ws/?h=::1&p=443", "h= holds more than a host"),
        ("/rs/?h=a.agora.io&p=443", "d= is missing; this form needs h=, p=, d="),
        ("/rs/?h=a.agora.io&p=443&d=", "d= is empty"),
        ("/rs/?h=a.agora.io&p=443&d=%2Fevents", "d= is percent-encoded"),
        ("/rs/?h=a.agora.io&p=443&d=x&d=y", "d= comes twice"),
    ],
)
def test_malformed(request_target: str, says: str) -> None:
    with pytest.raises(BadTarget) as error:
        QUERY.resolve(request_target.encode())
    assert says in error.value.detail


@pytest.mark.parametrize(
    "request_target",
    [
        "/",
        "",
        "?url=a.agora.io/x",
        "/AP/?url=a.agora.io/x",
        "/ap/x?url=a.agora.io/x",
        "/favicon.ico",
        "/uap/?url=a.agora.io/x",
        "/%61p/?url=a.agora.io/x",
        "/ap/../rs/?h=a.agora.io&p=443&d=x",
    ],
)
def test_no_form(request_target: str) -> None:
    with pytest.raises(NoRoute) as error:
        QUERY.resolve(request_target.encode())
    assert error.value.detail.startswith("the path should be /ap/?url=")


def test_no_password_is_repeated() -> None:
    with pytest.raises(BadTarget) as error:
        QUERY.resolve(b"/ap/?url=user:hunter2@a.agora.io/x")
    assert "hunter2" not in error.value.detail


@pytest.mark.parametrize(
    ("url", "request_target"),
    [
        (Target(Authority("a.agora.io"), b"/x?v=2&w"), b"/ap/?url=a.agora.io/x?v=2&w"),
        (Target(Authority("a.agora.io", 4700), b"/"), b"/ap/?url=a.agora.io:4700/"),
        pytest.param(Target(Authority("a.agora.io", 22), b"/"), None, id="no-port-of-agora"),
        pytest.param(Target(Authority("a.agora.io"), b"//x"), None, id="would-collapse"),
        pytest.param(Target(Authority("a.agora.io"), b"/x&y"), None, id="would-become-a-query"),
        pytest.param(Target(Authority("a.agora.io"), b"/x?a&url=b"), None, id="would-be-doubled"),
    ],
)
def test_expose(url: Target, request_target: bytes | None) -> None:
    assert QUERY.expose(url) == request_target


_agoras_ports = st.one_of(st.integers(low, high) for low, high in PORTS)
_agoras_targets = st.builds(
    Target,
    st.builds(Authority, names, _agoras_ports),
    st.from_regex(rb"/[a-z][a-z0-9/%.]{0,9}(\?[a-z0-9=%/?&]{0,9})?", fullmatch=True),
)


@given(targets | _agoras_targets)
@example(Target(Authority("a.agora.io"), b"/x?"))
def test_law_resolve_inverts_expose(target: Target) -> None:
    exposed = QUERY.expose(target)
    if exposed is not None:
        assert QUERY.resolve(exposed) == target


@given(_agoras_targets)
def test_law_what_needs_no_escape_is_exposed(target: Target) -> None:
    assert QUERY.expose(target) is not None


_forms = st.builds(
    lambda form, rest: b"/" + form + b"/?" + rest, st.sampled_from(sorted(FORMS)), wire_bytes
)
_parameters = st.lists(
    st.builds(
        lambda name, value: name + b"=" + value,
        st.sampled_from([b"url", b"h", b"p", b"d", b"%68", b"x"]),
        st.sampled_from([b"443", b"4700", b"22", b"a.agora.io", b"a.agora.io/x?v=2", b"/x"])
        | wire_bytes,
    ),
    max_size=5,
).map(b"&".join)


@given(
    wire_bytes
    | _forms
    | st.builds(
        lambda form, query: form + query, st.sampled_from([b"/ap/?", b"/rs/?"]), _parameters
    )
)
def test_law_any_bytes_are_a_target_or_a_request_error(request_target: bytes) -> None:
    try:
        target = QUERY.resolve(request_target)
    except (BadTarget, NoRoute):
        return
    assert target.path.startswith(b"/")
    assert any(low <= target.authority.port <= high for low, high in PORTS)


@given(st.sampled_from(sorted(FORMS)), names, st.sampled_from([b"443", b"4700", b"6443"]))
def test_law_the_host_is_the_parameters(form: bytes, host: str, port: bytes) -> None:
    if form == b"ap":
        query = b"url=" + host.encode() + b":" + port + b"/x"
    else:
        query = b"h=" + host.encode() + b"&p=" + port + (b"" if form == b"ws" else b"&d=x")
    resolved = QUERY.resolve(b"/" + form + b"/?" + query)
    assert resolved.authority == Authority(host, int(port))
    assert resolved.path == (b"/" if form == b"ws" else b"/x")


def test_no_cookie_has_a_place() -> None:
    """All of the vendors' hosts answer under the same five paths."""
    assert not QUERY.keeps_cookies_apart
    assert QUERY.cookie_path(Authority("ap.agora.io"), b"/") is None
