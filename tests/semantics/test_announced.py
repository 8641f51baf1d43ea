"""What a trusted proxy says of the URL that its client asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import announced
from sigproxy.semantics.fields import Fields


def of(**lines: str | list[str]) -> Fields:
    return tuple(
        (name.replace("_", "-").encode(), each.encode())
        for name, value in lines.items()
        for each in (value if isinstance(value, list) else [value])
    )


@pytest.mark.parametrize(
    ("fields", "scheme"),
    [
        (of(), None),
        (of(X_Forwarded_Proto="https"), b"https"),
        (of(X_Forwarded_Proto="HTTP"), b"http"),
        (of(X_Forwarded_Proto="https, http"), b"https"),
        (of(X_Forwarded_Proto="wss"), b"https"),
        (of(X_Forwarded_Proto="javascript"), None),
        (of(X_Forwarded_Scheme="http"), b"http"),
        (of(X_Url_Scheme="https"), b"https"),
        (of(X_Forwarded_Proto="http", X_Url_Scheme="https"), b"http"),
        (of(Front_End_Https="on"), b"https"),
        (of(X_Forwarded_Ssl="off"), b"http"),
        (of(Forwarded="for=1.1.1.1;proto=https"), b"https"),
    ],
)
def test_scheme(fields: Fields, scheme: bytes | None) -> None:
    assert announced.scheme(fields) == scheme


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        (of(), None),
        (of(X_Forwarded_Host="a.example:8443, inner"), b"a.example:8443"),
        (of(X_Original_Host="a.example"), b"a.example"),
        (of(X_Original_Host="b", X_Forwarded_Host="a"), b"a"),
        (of(Forwarded='by=x; host="a.example:8443", host=b'), b"a.example:8443"),
    ],
)
def test_host(fields: Fields, host: bytes | None) -> None:
    assert announced.host(fields) == host


@pytest.mark.parametrize(
    ("value", "port"),
    [
        ("8443", 8443),
        ("8443, 80", 8443),
        ("0", None),
        ("65536", None),
        ("08443", None),
        ("-1", None),
        ("8443x", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_port(value: str, port: int | None) -> None:
    assert announced.port(of(X_Forwarded_Port=value)) == port


@pytest.mark.parametrize(
    ("values", "prefix"),
    [
        ([], b""),
        (["/sig"], b"/sig"),
        (["/sig/"], b"/sig"),
        (["/sig//"], b"/sig"),
        (["/"], b""),
        (["/a/b"], b"/a/b"),
        (["/a, /b"], b"/a/b"),  # each proxy adds its own
        (["/a/", "/b/"], b"/a/b"),
        (["/, /b"], b"/b"),
        (["sig"], b""),
        (["/a, x"], b""),
        (["//evil.example"], b""),
        (["https://evil.example/"], b""),
        (["/a/../b"], b""),
        (["/.."], b""),
        (["/..a/.b"], b"/..a/.b"),
        (["/a?b"], b""),
        (["/a#b"], b""),
        (["/a%2fb"], b""),
        (["/a b"], b""),
        (["/a\\b"], b""),
        (["/\xe4"], b""),
    ],
)
def test_prefix(values: list[str], prefix: bytes) -> None:
    assert announced.prefix(of(X_Forwarded_Prefix=values)) == prefix


@given(st.binary(max_size=30))
def test_law_a_prefix_never_leads_to_another_host(value: bytes) -> None:
    prefix = announced.prefix(((b"X-Forwarded-Prefix", value),))
    assert not prefix or (prefix[:1] == b"/" and prefix[1:2] not in (b"/", b"\\", b""))
    assert not {*prefix} & {*b'\r\n\0 ?#\\"'}


@pytest.mark.parametrize(
    ("port", "scheme", "authority"),
    [
        (None, b"https", b"a"),
        (443, b"https", b"a"),
        (80, b"http", b"a"),
        (8443, b"https", b"a:8443"),
        (80, b"https", b"a:80"),
    ],
)
def test_with_port(port: int | None, scheme: bytes, authority: bytes) -> None:
    assert announced.with_port(b"a", port, scheme) == authority
