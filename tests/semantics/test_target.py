"""Target and resolve_reference: RFC 3986, 5.4, and what a Location must not do to us."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target, resolve_reference
from tests.strategies import targets, wire_bytes

A, G = Authority("a"), Authority("g")
BASE = Target(A, b"/b/c/d;p?q")  # RFC 3986, 5.4: "http://a/b/c/d;p?q", by https


def test_text_shows_what_is_no_ascii() -> None:
    assert str(Target(Authority("a.example.com", 8443), b"/x?y=\xff")) == (
        r"https://a.example.com:8443/x?y=\xff"
    )


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        (b"g", b"/b/c/g"),
        (b"./g", b"/b/c/g"),
        (b"g/", b"/b/c/g/"),
        (b"/g", b"/g"),
        (b"?y", b"/b/c/d;p?y"),
        (b"g?y", b"/b/c/g?y"),
        (b"#s", b"/b/c/d;p?q"),
        (b"g#s", b"/b/c/g"),
        (b"g?y#s", b"/b/c/g?y"),
        (b";x", b"/b/c/;x"),
        (b"g;x", b"/b/c/g;x"),
        (b"g;x?y#s", b"/b/c/g;x?y"),
        (b"", b"/b/c/d;p?q"),
        (b".", b"/b/c/"),
        (b"./", b"/b/c/"),
        (b"..", b"/b/"),
        (b"../", b"/b/"),
        (b"../g", b"/b/g"),
        (b"../..", b"/"),
        (b"../../", b"/"),
        (b"../../g", b"/g"),
    ],
)
def test_normal_examples_of_rfc_3986_5_4_1(reference: bytes, path: bytes) -> None:
    assert resolve_reference(BASE, reference) == Target(A, path)


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        (b"../../../g", b"/g"),
        (b"../../../../g", b"/g"),
        (b"/./g", b"/g"),
        (b"/../g", b"/g"),
        (b"g.", b"/b/c/g."),
        (b".g", b"/b/c/.g"),
        (b"g..", b"/b/c/g.."),
        (b"..g", b"/b/c/..g"),
        (b"./../g", b"/b/g"),
        (b"./g/.", b"/b/c/g/"),
        (b"g/./h", b"/b/c/g/h"),
        (b"g/../h", b"/b/c/h"),
        (b"g;x=1/./y", b"/b/c/g;x=1/y"),
        (b"g;x=1/../y", b"/b/c/y"),
        (b"g?y/./x", b"/b/c/g?y/./x"),
        (b"g?y/../x", b"/b/c/g?y/../x"),
        (b"g#s/./x", b"/b/c/g"),
        (b"g#s/../x", b"/b/c/g"),
    ],
)
def test_abnormal_examples_of_rfc_3986_5_4_2(reference: bytes, path: bytes) -> None:
    assert resolve_reference(BASE, reference) == Target(A, path)


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        pytest.param(b"//g", Target(G, b"/"), id="network-path"),
        pytest.param(b"//g?y", Target(G, b"/?y"), id="network-path-with-query-only"),
        pytest.param(b"//g/x?y#z", Target(G, b"/x?y"), id="network-path-with-all"),
        pytest.param(b"https://g", Target(G, b"/"), id="host-only"),
        pytest.param(b"https://g#z", Target(G, b"/"), id="host-and-fragment"),
        pytest.param(b"HTTPS://G:8443/x", Target(Authority("g", 8443), b"/x"), id="upper-case"),
        pytest.param(b"https://g:443/x", Target(G, b"/x"), id="default-port"),
        pytest.param(b"https://g:/x", Target(G, b"/x"), id="empty-port"),
        pytest.param(b"//[2001:db8::1]:", Target(Authority("2001:db8::1"), b"/"), id="IPv6-empty"),
        pytest.param(b"https://[2001:db8::1]/", Target(Authority("2001:db8::1"), b"/"), id="IPv6"),
        pytest.param(b"https://g//x", Target(G, b"//x"), id="two-slashes-kept"),
        pytest.param(b"https://g?u=https://h/", Target(G, b"/?u=https://h/"), id="URL-in-query"),
    ],
)
def test_a_reference_with_an_authority(reference: bytes, target: Target) -> None:
    assert resolve_reference(BASE, reference) == target


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        (b"https://g/x/../y", b"/y"),
        (b"https://g/../h.example.com/x", b"/h.example.com/x"),
        (b"//g/./x/..", b"/"),
        (b"https://g/..?../x", b"/?../x"),
    ],
)
def test_dot_segments_go_behind_an_authority_too(reference: bytes, path: bytes) -> None:
    """RFC 3986, 5.2.2: else a browser that gets "/g/../h.example.com/x" asks another host."""
    assert resolve_reference(BASE, reference) == Target(G, path)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(b"/%2F%20c%3Fd/%2e%2e/x", id="percent-encoding-in-the-path"),
        pytest.param(b"/?tc=%7B%22cv%22:%221%22%7D&a=b+c/d&e=", id="mixed-encoding-in-the-query"),
        pytest.param(b"/%zz%", id="broken-percent-encoding"),
        pytest.param(b"/caf\xc3\xa9?\xff", id="bytes-outside-ASCII"),
        pytest.param(b"/a//b/;x=1,2|'\"<>{}", id="odd-but-harmless"),
    ],
)
def test_path_and_query_stay_byte_for_byte(path: bytes) -> None:
    assert resolve_reference(BASE, path) == Target(A, path)
    assert resolve_reference(BASE, b"https://g" + path) == Target(G, path)


@pytest.mark.parametrize("authority", [b"", b":", b"::", b"g::", b"g:8443:", b"[::1"])
def test_an_authority_that_is_none(authority: bytes) -> None:
    with pytest.raises(BadTarget):
        resolve_reference(BASE, b"https://%b/x" % authority)


def test_a_backslash_is_no_slash() -> None:
    r"""WHATWG reads "\\evil.com" as "//evil.com"; what we send stays at the host that we asked."""
    assert resolve_reference(BASE, rb"\\evil.com/x") == Target(A, rb"/b/c/\\evil.com/x")
    assert resolve_reference(BASE, rb"/\evil.com/x") == Target(A, rb"/\evil.com/x")


@pytest.mark.parametrize(
    "reference",
    [
        b"http://a/x",
        b"http:g",  # RFC 3986, 5.4.2: for backward compatibility some take it as "g"
        b"http://unix:/run/x.sock:/v1",
        b"ws://a/x",
        b"wss://a/x",
        b"ftp://a/x",
        b"file:///etc/passwd",
        b"javascript:alert(1)",
        b"data:,x",
        b"g:h",
        b"a.example.com:8443/x",
    ],
)
def test_no_scheme_but_https_is_followed(reference: bytes) -> None:
    with pytest.raises(BadTarget, match=r"only https is followed$"):
        resolve_reference(BASE, reference)


def test_a_scheme_that_is_none_is_shown_and_cut() -> None:
    with pytest.raises(BadTarget) as error:
        resolve_reference(BASE, b"\xff" * 1000 + b":x")
    assert len(error.value.detail) < 200


def test_the_scheme_is_named_as_a_person_writes_it() -> None:
    with pytest.raises(BadTarget) as error:
        resolve_reference(BASE, b"gopher://a/x")
    assert error.value.detail == "the reference has the scheme 'gopher'; only https is followed"


@pytest.mark.parametrize("reference", [b"https:", b"https:g", b"https:/g", b"https:?y"])
def test_https_without_a_host(reference: bytes) -> None:
    with pytest.raises(BadTarget) as error:
        resolve_reference(BASE, reference)
    assert error.value.detail == "the reference has a scheme and no host"


@pytest.mark.parametrize("control", [b"\0", b"\t", b"\n", b"\r", b"\x1f", b" ", b"\x7f"])
@pytest.mark.parametrize("place", [b"%b/x", b"/x%b", b"https://g%b/x", b"/x?y%b", b"/x#y%b"])
def test_control_bytes_and_spaces_are_refused_anywhere(place: bytes, control: bytes) -> None:
    with pytest.raises(BadTarget) as error:
        resolve_reference(BASE, place % control)
    assert error.value.detail == "the reference has control characters or spaces"


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(b"//", id="empty-host"),
        pytest.param(b"https:///x", id="empty-host-with-scheme"),
        pytest.param(b"https://user@g/x", id="userinfo"),
        pytest.param(b"https://a@evil.com:1/x", id="userinfo-and-port"),
        pytest.param(b"//user:secret@g/x", id="password"),
        pytest.param(b"https://g:0/x", id="port-0"),
        pytest.param(rb"https://g\evil.com/x", id="backslash-in-host"),
        pytest.param(b"https://g%2eevil.com/x", id="percent-encoded-host"),
        pytest.param(b"https://2130706433/x", id="decimal-address"),
        pytest.param("https://bücher.example/".encode(), id="host-outside-ASCII"),
    ],
)
def test_the_authority_of_a_reference_is_parsed_strictly(reference: bytes) -> None:
    with pytest.raises(BadTarget):
        resolve_reference(BASE, reference)


def remove_dot_segments(path: bytes) -> bytes:
    """RFC 3986, 5.2.4, step by step as it is written there."""
    output = b""
    while path:
        if path.startswith((b"/./", b"/../")) or path in (b"/.", b"/.."):
            if path.startswith(b"/.."):
                output = output[: max(0, output.rfind(b"/"))]
                path = b"/" + path[4:]
            else:
                path = b"/" + path[3:]
        else:
            found = re.match(rb"/?[^/]*", path)
            assert found is not None
            output, path = output + found[0], path[found.end() :]
    return output


@given(st.lists(st.sampled_from([b"", b".", b"..", b"...", b"a", b"%2e"]), min_size=1, max_size=8))
def test_law_dot_segments_go_as_rfc_3986_5_2_4_says(segments: list[bytes]) -> None:
    path = b"/x/" + b"/".join(segments)
    assert resolve_reference(BASE, path).path == remove_dot_segments(path)


@given(targets, wire_bytes)
def test_law_any_reference_is_a_target_or_bad_target(base: Target, reference: bytes) -> None:
    try:
        target = resolve_reference(Target(base.authority, b"/b?q"), reference)
    except BadTarget:
        return
    assert target.path.startswith(b"/")
    assert not re.search(rb"[\x00-\x20\x7f#]", target.path)
    assert Authority.parse(str(target.authority).encode()) == target.authority
    if b"//" not in reference:
        assert target.authority == base.authority
