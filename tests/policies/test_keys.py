"""Access keys: who is let in, and what a refusal gives away."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import KeyRefused
from sigproxy.policies.keys import KeyPolicy, looks_like_a_key
from tests.strategies import wire_bytes
from tests.timing import quickest

KEY, OTHER = "5d41402abc4b2a76", "Zb-_~9zzzz"
POLICY = KeyPolicy.of(KEY, OTHER)
NOBODY_ASKED = KeyPolicy()


@pytest.mark.parametrize(
    ("rest", "segment"),
    [
        (b"/5d41402abc4b2a76/a.example.com/x", b"5d41402abc4b2a76"),
        (b"//5d41402abc4b2a76/a.example.com", b"5d41402abc4b2a76"),
        (b"/5d41402abc4b2a76", b"5d41402abc4b2a76"),
        (b"/5d41402abc4b2a76?x=/y", b"5d41402abc4b2a76"),
        (b"/a.example.com/5d41402abc4b2a76", b"a.example.com"),
        (b"?5d41402abc4b2a76/", b""),
        (b"", b""),
    ],
)
def test_segment(rest: bytes, segment: bytes) -> None:
    assert POLICY.segment(rest) == segment
    assert NOBODY_ASKED.segment(rest) is None


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_each_key_is_admitted(key: str) -> None:
    POLICY.admit(key.encode())


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param(b"5d41402abc4b2a77", id="another"),
        pytest.param(b"5D41402ABC4B2A76", id="case"),
        pytest.param(b"5d41402abc4b2a7", id="shorter"),
        pytest.param(b"5d41402abc4b2a76x", id="longer"),
    ],
)
def test_no_other_is(segment: bytes) -> None:
    with pytest.raises(KeyRefused) as error:
        POLICY.admit(segment)
    assert error.value.detail == "the access key in the path is not one of this route's keys"


@pytest.mark.parametrize("segment", [b"", b"a.example.com", b"%35d41402abc4b2a76", b"\xff" * 16])
def test_what_is_no_key_at_all_is_told_apart(segment: bytes) -> None:
    """So that the log says whether an app forgot its key or has an old one."""
    with pytest.raises(KeyRefused) as error:
        POLICY.admit(segment)
    assert error.value.detail.startswith("the path has no access key")


@given(wire_bytes)
def test_law_only_the_keys_are_admitted(segment: bytes) -> None:
    with pytest.raises(KeyRefused):
        POLICY.admit(segment)


def test_a_policy_does_not_print_its_keys() -> None:
    assert KEY not in repr(POLICY)


def test_policies_of_the_same_keys_are_the_same() -> None:
    assert KeyPolicy.of(KEY, OTHER) == POLICY != NOBODY_ASKED


def test_what_is_compared_is_no_part_of_a_key() -> None:
    """Or the time of a comparison would say how much of a guess was right."""
    assert not any(KEY.encode()[:4] in digest for digest in POLICY._digests)


@pytest.mark.parametrize("segment", [b"key-00000", b"no-key-at-all"], ids=["admitted", "refused"])
def test_many_keys_cost_what_one_does(segment: bytes) -> None:
    few = KeyPolicy.of("key-00000")
    many = KeyPolicy.of(*(f"key-{number:05}" for number in range(10_000)))

    def asked(policy: KeyPolicy) -> None:
        with suppress(KeyRefused):
            policy.admit(segment)

    assert quickest(lambda: asked(many)) < 20 * quickest(lambda: asked(few))


@given(st.from_regex(r"[A-Za-z0-9_~-]{8,128}", fullmatch=True))
def test_law_a_key_needs_no_escape_and_is_no_host(text: str) -> None:
    assert looks_like_a_key(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short-7",
        "x" * 129,
        "with.a.dot",
        "with:colon",
        "with/slash",
        "per%63ent",
        "spa ce",
        "umlaut-ä-ö-ü",
        "newline1\n",
    ],
)
def test_what_cannot_be_a_key(text: str) -> None:
    assert not looks_like_a_key(text.encode())
