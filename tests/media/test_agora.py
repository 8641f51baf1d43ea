"""Agora: the list and the older shape; tests/sdk/ice shows that the SDK does what is said here."""

from dataclasses import replace

import pytest

from sigproxy.errors.media import ModeRefused
from sigproxy.media import agora
from tests.media.cases import Case
from tests.media.cases import agora as cases
from tests.media.samples import CREDENTIAL, SECRET, TLS, TURN, UDP

LEGACY: dict[str, object] = {
    "turnServerURL": "gateway.example",
    "username": CREDENTIAL.username,
    "password": CREDENTIAL.password,
    "udpport": 3478,
    "tcpport": 443,
    "forceturn": False,
    "security": True,
}


def test_it_takes_a_standard_list_but_one_entry_of_it() -> None:
    assert agora.render("auto", TURN, CREDENTIAL) == [{"urls": [UDP, TLS], **SECRET}]
    assert agora.render("tls", TURN, CREDENTIAL) == [{"urls": [TLS], **SECRET}]


@pytest.mark.parametrize("case", cases.LIST, ids=str)
def test_what_the_sdk_does_not_take_is_named(case: Case) -> None:
    found = list(agora.check(case.value))
    assert (found[0].where, case.says in found[0].what) == (case.where, True)
    assert found[1:] == []


def test_the_older_shape_is_told_from_the_list() -> None:
    [found] = agora.check([LEGACY])
    assert str(found).endswith("older shape; write urls in each, or check it as agora-legacy")


def test_the_older_shape() -> None:
    assert agora.render_legacy("auto", TURN, CREDENTIAL) == LEGACY
    assert list(agora.check_legacy(LEGACY)) == []
    assert list(agora.check_legacy([LEGACY])) == []


@pytest.mark.parametrize(
    ("mode", "change", "says"),
    [
        ("udp", {}, "whatever mode is asked for"),
        ("tls", {}, "whatever mode is asked for"),
        ("auto", {"udp_port": 3479}, "udp_port 3479, tls_port 443"),
        ("auto", {"tls_port": 0, "tcp_port": 80}, "tcp_port 80"),
        ("auto", {"tls_port": 8443}, "udp_port 3478, tls_port 8443"),
        ("auto", {"name": "203.0.113.5"}, "name in [turn] has to be a name"),
    ],
)
def test_what_the_older_shape_cannot_do(mode: str, change: dict[str, object], says: str) -> None:
    with pytest.raises(ModeRefused) as caught:
        agora.render_legacy(mode, replace(TURN, **change), CREDENTIAL)  # type: ignore[arg-type]
    assert says in caught.value.detail


@pytest.mark.parametrize("case", cases.LEGACY, ids=str)
def test_what_is_wrong_in_the_older_shape(case: Case) -> None:
    [found] = agora.check_legacy(case.value)
    assert (found.where, case.says in found.what) == (case.where, True)


def test_an_element_of_a_list_has_its_number() -> None:
    [found] = agora.check_legacy([{**LEGACY, "udpport": 5000}])
    assert found.where == "[0].udpport"
