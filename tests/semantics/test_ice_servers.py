"""What RTCPeerConnection makes of iceServers, told by element."""

import pytest

from sigproxy.semantics.ice_servers import findings, kind, policy_findings

GOOD = {"urls": ["turn:h:3478?transport=udp"], "username": "u", "credential": "c"}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


CASES: list[tuple[object, str, str]] = [
    (None, "iceServers", "TypeError: it is null"),
    ({}, "iceServers", "TypeError: it is an object"),
    ([5], "iceServers[0]", "TypeError: it is a number"),
    ([without("urls")], "iceServers[0]", "urls is missing"),
    ([{**without("urls"), "url": "turn:h"}], "iceServers[0]", "the standard has dropped url"),
    ([{**GOOD, "urls": []}], "iceServers[0].urls", "Empty uri."),
    ([{**GOOD, "urls": True}], "iceServers[0].urls", "it is a boolean"),
    ([{**GOOD, "urls": [None]}], "iceServers[0].urls[0]", "it is null"),
    ([GOOD, {**GOOD, "urls": ["turn:h", "h"]}], "iceServers[1].urls[1]", "'h' is not a valid URL."),
    ([{**GOOD, "urls": "turns:h?transport=tls"}], "iceServers[0].urls", "always be udp or tcp"),
    ([{**GOOD, "urls": "turn:[h]"}], "iceServers[0].urls", "accept it and gather no candidate"),
    ([{**GOOD, "urls": "turn:h:79"}], "iceServers[0].urls", "on port 79, and gather no candidate"),
    ([{**GOOD, "urls": "turn:h:53"}], "iceServers[0].urls", "no UDP to port 53"),
    ([{**GOOD, "urls": "turns:h?transport=udp"}], "iceServers[0].urls", "no DTLS"),
    ([{**GOOD, "urls": "turn:h?transport=TCP"}], "iceServers[0].urls", "TCP is not tcp"),
    ([without("username")], "iceServers[0]", "InvalidAccessError, Both username and credential"),
    ([without("credential")], "iceServers[0]", "no credential"),
    ([{**GOOD, "username": ""}], "iceServers[0].username", "empty username or password"),
    ([{**GOOD, "credential": ""}], "iceServers[0].credential", "empty username or password"),
    ([{**GOOD, "credential": {}}], "iceServers[0].credential", "it is an object"),
    ([{**GOOD, "username": "é" * 255}], "iceServers[0].username", "too long"),
    (
        [{**GOOD, "credentialType": "oauth"}],
        "iceServers[0].credentialType",
        "no longer support any",
    ),
    ([GOOD] * 33, "iceServers", "33 TURN URLs"),
]


@pytest.mark.parametrize(("servers", "where", "what"), CASES)
def test_one_line_names_the_element_and_what_becomes_of_it(
    servers: object, where: str, what: str
) -> None:
    [found] = findings(servers)
    assert found.where == where
    assert what in found.what
    assert found.remedy
    assert str(found) == f"{where}: {found.what}; {found.remedy}"


@pytest.mark.parametrize(
    "servers",
    [
        [],
        [GOOD],
        [{**GOOD, "urls": "turn:h"}],
        [{"urls": "stun:h"}],
        [{"urls": ["stun:h:3478", "stuns:h"]}, GOOD],
        [{**GOOD, "credentialType": "password"}],
        [{**GOOD, "username": "x" * 509}],
        [{**GOOD, "urls": "turn:h:53?transport=tcp"}],
        [GOOD] * 32,
    ],
)
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
