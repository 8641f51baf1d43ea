"""What RTCPeerConnection makes of iceServers, told by element."""

import pytest

from sigproxy.semantics.ice_servers import findings, kind, policy_findings
from tests.semantics.ice_cases import ACCEPTED, GOOD, RIGHT, THROWN


@pytest.mark.parametrize(("servers", "where", "what"), [*(each[:3] for each in THROWN), *ACCEPTED])
def test_one_line_names_the_element_and_what_becomes_of_it(
    servers: object, where: str, what: str
) -> None:
    [found] = findings(servers)
    assert found.where == where
    assert what in found.what
    assert found.remedy
    assert str(found) == f"{where}: {found.what}; {found.remedy}"


@pytest.mark.parametrize(("servers", "where", "what", "error"), THROWN)
def test_what_a_browser_throws_is_named(servers: object, where: str, what: str, error: str) -> None:
    [found] = findings(servers)
    assert f"RTCPeerConnection throws a{'n' * (error[0] == 'I')} {error}" in found.what


@pytest.mark.parametrize("servers", RIGHT)
def test_nothing_is_found_in_what_is_right(servers: object) -> None:
    assert list(findings(servers)) == []


@pytest.mark.parametrize(
    ("policy", "servers", "what"),
    [
        ("public", [GOOD], "'public' is not one"),
        (None, [GOOD], "None is not one"),
        ("relay", [], "no candidate"),
        ("relay", [{"urls": "stun:h"}], "no candidate"),
    ],
)
def test_a_policy_that_fails(policy: object, servers: object, what: str) -> None:
    [found] = policy_findings({"iceTransportPolicy": policy}, "iceTransportPolicy", servers)
    assert what in found.what


@pytest.mark.parametrize("config", [{}, {"p": "all"}, {"p": "relay"}])
def test_a_policy_that_works(config: dict[str, object]) -> None:
    assert list(policy_findings(config, "p", [GOOD])) == []


def test_the_kinds_are_those_of_json() -> None:
    kinds = [kind(each) for each in (None, True, 1, 1.5, "", [], {})]
    assert kinds == ["null", "a boolean", *["a number"] * 2, "a string", "a list", "an object"]
