"""What a path begins with, where slashes may be several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.prefix import behind, first_authority, first_segment


@pytest.mark.parametrize(
    ("prefix", "path", "rest"),
    [
        (b"", b"/x", b"/x"),
        (b"", b"//x", b"//x"),
        (b"", b"", b""),
        (b"/acs", b"/acs", b""),
        (b"/acs", b"/acs/x", b"/x"),
        (b"/acs", b"/acs?x", b"?x"),
        (b"/acs", b"/acs2", None),
        (b"/acs", b"//acs2", None),
        (b"/acs", b"//acs//x", b"//x"),
        (b"/acs", b"///acs", b""),
        (b"/acs", b"//ac/s", None),
        (b"/acs", b"acs//", None),
        (b"/acs", b"//", None),
        (b"/acs", b"/x?//acs", None),
        (b"/acs", b"/?//acs", None),
        (b"/acs/v1", b"/acs//v1/x", b"/x"),
        (b"/acs/v1", b"//acs/v1", b""),
        (b"/acs/v1", b"//acsv1", None),
        (b"/acs/v1", b"/acs?//v1", None),
        (b"/acs/v1", b"//acs", None),
    ],
)
def test_behind(prefix: bytes, path: bytes, rest: bytes | None) -> None:
    assert behind(prefix, path) == rest


SLASHES = st.integers(1, 3).map(lambda count: b"/" * count)


@given(st.lists(st.sampled_from([b"acs", b"v1", b"x"]), min_size=1, max_size=4), st.data())
def test_law_slashes_change_no_answer(segments: list[bytes], data: st.DataObject) -> None:
    path = b"".join(data.draw(SLASHES) + each for each in segments)
    plain = b"/" + b"/".join(segments)
    for prefix in (b"/acs", b"/acs/v1", b"/v1"):
        assert (behind(prefix, path) is None) == (behind(prefix, plain) is None)


@pytest.mark.parametrize(
    ("path", "segment", "authority"),
    [
        (b"/a.example:8443/x", b"a.example:8443", Authority("a.example", 8443)),
        (b"//a.example?x/y", b"a.example", Authority("a.example")),
        (b"/acs/a.example", b"acs", None),
        (b"/user@a.example/", b"user@a.example", None),
        (b"/", b"", None),
        (b"", b"", None),
    ],
)
def test_the_first_segment(path: bytes, segment: bytes, authority: Authority | None) -> None:
    assert first_segment(path) == segment
    assert first_authority(path) == authority
