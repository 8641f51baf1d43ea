"""Every error has a remedy: what it means in plain words, and what to do."""

import re

import pytest

from docs_tools.errors import GENERAL, below
from sigproxy.errors import GatewayError
from sigproxy.exchange import UNSENT
from sigproxy.remedies import GRAVITIES, REMEDIES, UNKNOWN, of
from sigproxy.semantics.client_tls import REASONS

SENT = {each.token for each in below(GatewayError) if each not in GENERAL}
KNOWN = SENT | UNSENT | {*REASONS}


def test_every_token_has_one_and_no_other_does() -> None:
    assert set(REMEDIES) == KNOWN


@pytest.mark.parametrize("token", sorted(REMEDIES))
def test_it_is_two_sentences_for_people(token: str) -> None:
    gravity, what, how = REMEDIES[token]
    assert gravity in GRAVITIES
    assert set(re.findall(r"\{.*?\}", what + how)) <= {"{place}"}
    assert what.format(place="api.example.com")[0] != "{"
    assert not what.endswith(".")
    assert how.endswith((".", ")"))


def test_a_token_that_nobody_knows_is_not_hidden() -> None:
    assert of("made_up") is UNKNOWN
    assert of("dns_error") is REMEDIES["dns_error"]


def test_a_sentence_fits_one_host_and_several() -> None:
    for token, remedy in REMEDIES.items():
        _, subject, rest = remedy.what.rpartition("{place} ")
        is_subject = subject and remedy.what.startswith("{place} ")
        assert not is_subject or rest.startswith("cannot "), token
        assert not remedy.what.startswith("{place}: its"), token
