"""Vonage: iceConfig; tests/sdk/ice shows that the SDK does what is held against `check` here."""

import pytest

from sigproxy.media import vonage
from tests.media.cases import Case
from tests.media.cases.vonage import CASES
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

SERVER = {"urls": [UDP], **SECRET}
GOOD = {"includeServers": "custom", "transportPolicy": "relay", "customServers": [SERVER]}


def test_what_is_forced_goes_by_these_servers_alone() -> None:
    assert vonage.render("auto", TURN, CREDENTIAL) == {
        "includeServers": "all",
        "transportPolicy": "all",
        "customServers": [STUN, {"urls": [UDP, TLS], **SECRET}],
    }
    assert vonage.render("udp", TURN, CREDENTIAL) == GOOD


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_sdk_does_not_take_is_named(case: Case) -> None:
    found = list(vonage.check(case.value))
    assert (found[0].where, case.says in found[0].what) == (case.where, True)
    assert found[1:] == []


def test_what_is_right() -> None:
    for value in (GOOD, {"iceConfig": GOOD}, {"customServers": [SERVER]}):
        assert list(vonage.check(value)) == []
