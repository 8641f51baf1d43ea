"""redirects.decide: every status, method and mode, and where no redirect leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import RedirectRefused
from sigproxy.policies.redirects import Follow, Mode, PassThrough, RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.strategies import wire_bytes

TARGETS = TargetPolicy((Pattern.parse("*.example.com"), Pattern.parse("a.example.com:8443")))
SOURCE = Target(Authority("a.example.com"), b"/v1/x?q")
ELSEWHERE = b"https://b.example.com/y"

KEEPING = (301, 302, 307, 308)


def decide(
    status: int = 302,
    location: bytes | None = ELSEWHERE,
    *,
    mode: Mode = "follow",
    method: str = "GET",
    hops: int = 0,
    replayable: bool = True,
) -> Follow | PassThrough:
    return RedirectPolicy(mode).decide(
        status=status,
        location=location,
        source=SOURCE,
        method=method,
        hops=hops,
        replayable=replayable,
        targets=TARGETS,
    )


def followed(location: bytes) -> Follow:
    decision = decide(location=location)
    assert isinstance(decision, Follow)
    return decision


B_Y = Target(Authority("b.example.com"), b"/y")


def test_following_is_the_default() -> None:
    assert RedirectPolicy().mode == "follow"


@pytest.mark.parametrize("status", KEEPING)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE"])
def test_method_and_body_are_kept(status: int, method: str) -> None:
    assert decide(status, method=method) == Follow(B_Y, method, True, True)


@pytest.mark.parametrize("status", KEEPING)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_body_that_cannot_be_sent_again_leaves_the_redirect_to_the_client(
    status: int, method: str
) -> None:
    assert decide(status, method=method, replayable=False) == PassThrough()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("replayable", [True, False])
def test_see_other_becomes_a_get_without_body(method: str, replayable: bool) -> None:
    decision = decide(303, method=method, replayable=replayable)
    assert decision == Follow(B_Y, "GET", False, True)


def test_see_other_keeps_head() -> None:
    decision = decide(303, method="HEAD")
    assert isinstance(decision, Follow)
    assert decision.method == "HEAD"


@pytest.mark.parametrize("status", [200, 201, 204, 300, 304, 305, 306, 309, 399, 404, 502])
@pytest.mark.parametrize("mode", ["follow", "rewrite", "pass"])
def test_other_statuses_are_the_clients(status: int, mode: Mode) -> None:
    assert decide(status, b"https://evil.org/", mode=mode) == PassThrough()


@pytest.mark.parametrize("location", [None, b""])
@pytest.mark.parametrize("mode", ["follow", "rewrite", "pass"])
def test_without_a_location_there_is_nothing_to_follow(location: bytes | None, mode: Mode) -> None:
    assert decide(302, location, mode=mode) == PassThrough()


@pytest.mark.parametrize("status", [*KEEPING, 303])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("replayable", [True, False])
def test_rewrite_follows_nothing(status: int, method: str, replayable: bool) -> None:
    assert decide(status, mode="rewrite", method=method, replayable=replayable) == PassThrough()


@pytest.mark.parametrize("status", [*KEEPING, 303])
@pytest.mark.parametrize(
    "location", [ELSEWHERE, b"https://evil.org/", b"http://127.0.0.1/", b"\0", b"/relative"]
)
def test_pass_lets_everything_through(status: int, location: bytes) -> None:
    assert decide(status, location, mode="pass", hops=99) == PassThrough()


@pytest.mark.parametrize(
    ("location", "target", "cross_origin"),
    [
        (b"/y", Target(SOURCE.authority, b"/y"), False),
        (b"y?z", Target(SOURCE.authority, b"/v1/y?z"), False),
        (b"?z", Target(SOURCE.authority, b"/v1/x?z"), False),
        (b"#z", SOURCE, False),
        (b"https://A.Example.com:443/y", Target(SOURCE.authority, b"/y"), False),
        (b"//a.example.com./y", Target(SOURCE.authority, b"/y"), False),
        (b"https://a.example.com:8443/y", Target(Authority("a.example.com", 8443), b"/y"), True),
        (b"//b.example.com/y", B_Y, True),
        (b"https://c.a.example.com/", Target(Authority("c.a.example.com"), b"/"), True),
    ],
)
def test_credentials_stay_with_the_origin(
    location: bytes, target: Target, cross_origin: bool
) -> None:
    decision = followed(location)
    assert (decision.target, decision.cross_origin) == (target, cross_origin)


@pytest.mark.parametrize("mode", ["follow", "rewrite"])
@pytest.mark.parametrize("status", [*KEEPING, 303])
@pytest.mark.parametrize("replayable", [True, False])
@pytest.mark.parametrize(
    ("location", "authority"),
    [
        (b"https://evil.org/x", "evil.org"),
        (b"//evil.org", "evil.org"),
        (b"https://evilexample.com/", "evilexample.com"),
        (b"https://b.example.com:9443/", "b.example.com:9443"),
        (b"https://169.254.169.254/latest/", "169.254.169.254"),
        (b"https://[::1]:8443/", "[::1]:8443"),
    ],
)
def test_what_is_not_admitted_ends_here(
    mode: Mode, status: int, replayable: bool, location: bytes, authority: str
) -> None:
    with pytest.raises(RedirectRefused) as error:
        decide(status, location, mode=mode, replayable=replayable)
    assert error.value.detail == (
        f"the upstream redirects to {authority}, which is not among this route's targets; "
        "if it belongs to the vendor, the gateway's operator can add it"
    )


@pytest.mark.parametrize("mode", ["follow", "rewrite"])
@pytest.mark.parametrize(
    "location",
    [
        b"http://b.example.com/x",
        b"http://127.0.0.1:21580/",
        b"http://unix:/run/x.sock:/v1",
        b"wss://b.example.com/x",
        b"https://user@b.example.com/",
        b"https:/b.example.com",
        b"/x\r\nSet-Cookie: a=1",
        b"/ x",
    ],
)
def test_what_is_no_https_url_ends_here(mode: Mode, location: bytes) -> None:
    with pytest.raises(RedirectRefused, match=r"^the upstream redirects to no usable URL: the "):
        decide(302, location, mode=mode)


def test_the_fifth_hop_is_the_last() -> None:
    assert isinstance(decide(hops=4), Follow)
    with pytest.raises(RedirectRefused) as error:
        decide(hops=5)
    assert error.value.detail == (
        "more than 5 redirects in a row; the last to https://b.example.com/y"
    )


@pytest.mark.parametrize(
    ("location", "hops"),
    [
        pytest.param(b"https://b.example.com/y?token=hunter2", 5, id="too-many-hops"),
        pytest.param(b"https://b.example.org?token=hunter2", 0, id="not-admitted"),
        pytest.param(b"https://b.example.com:port?token=hunter2", 0, id="bad-port"),
        pytest.param(b"https://user:hunter2@b.example.com/", 0, id="password"),
        pytest.param(b"http://b.example.com/?token=hunter2", 0, id="http"),
    ],
)
def test_a_refusal_repeats_neither_query_nor_password(location: bytes, hops: int) -> None:
    """The detail goes into the access log and to the client."""
    with pytest.raises(RedirectRefused) as error:
        decide(302, location, hops=hops)
    assert "hunter2" not in error.value.detail


@given(
    st.integers(300, 399),
    wire_bytes | wire_bytes.map(lambda each: b"https://" + each),
    st.sampled_from(["GET", "POST", "HEAD"]),
    st.integers(0, 6),
    st.booleans(),
)
def test_law_only_admitted_targets_are_followed(
    status: int, location: bytes, method: str, hops: int, replayable: bool
) -> None:
    try:
        decision = decide(status, location, method=method, hops=hops, replayable=replayable)
    except RedirectRefused:
        return
    if isinstance(decision, Follow):
        assert TARGETS.admits(decision.target.authority)
        assert decision.cross_origin == (decision.target.authority != SOURCE.authority)
        assert replayable or not decision.with_body
        assert hops < 5
