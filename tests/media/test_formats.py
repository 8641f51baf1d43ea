"""Answers of other services, member by member as these document them."""

import json

import pytest

from sigproxy.media import standard
from sigproxy.media.formats import FORMATS
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

EXPECTED = {
    "w3c": (200, standard.render("auto", TURN, CREDENTIAL)),
    "uberti": (
        200,
        {
            "username": "1700043200:x1",
            "password": "cGFzc3dvcmQ=",
            "ttl": 43200,
            "uris": [UDP, TLS],
        },
    ),
    "twilio": (
        201,
        {
            "username": "1700043200:x1",
            "password": "cGFzc3dvcmQ=",
            "ttl": "43200",
            "account_sid": "AC00000000000000000000000000000000",
            "date_created": "Tue, 14 Nov 2023 22:13:20 +0000",
            "date_updated": "Tue, 14 Nov 2023 22:13:20 +0000",
            "ice_servers": [
                {"url": "stun:gateway.example:3478", "urls": "stun:gateway.example:3478"},
                {"url": UDP, "urls": UDP, **SECRET},
                {"url": TLS, "urls": TLS, **SECRET},
            ],
        },
    ),
    "cloudflare": (201, {"iceServers": [STUN, {"urls": [UDP, TLS], **SECRET}]}),
    "metered": (
        200,
        [
            {"urls": "stun:gateway.example:3478"},
            {"urls": UDP, **SECRET},
            {"urls": TLS, **SECRET},
        ],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_what_the_service_answers(name: str) -> None:
    status, form = FORMATS[name]
    assert (status, form("auto", TURN, CREDENTIAL)) == EXPECTED[name]


@pytest.mark.parametrize("name", FORMATS)
def test_it_passes_the_rules_of_browsers_and_one_that_is_spoilt_does_not(name: str) -> None:
    _, form = FORMATS[name]
    answer = form("auto", TURN, CREDENTIAL)
    assert list(standard.check(answer)) == []
    text = json.dumps(answer)
    for good, bad in ((UDP, "turn:h:0"), (CREDENTIAL.password, ""), ("1700043200:x1", "")):
        assert list(standard.check(json.loads(text.replace(good, bad)))), (good, bad)


@pytest.mark.parametrize("name", FORMATS)
def test_a_forced_mode_leaves_one_url(name: str) -> None:
    _, form = FORMATS[name]
    text = repr(form("tls", TURN, CREDENTIAL))
    assert TLS in text
    assert "udp" not in text
    assert "stun:" not in text
