"""What `answer` gives and refuses."""

from dataclasses import replace
from typing import Any

import pytest

from sigproxy.errors import RequestError
from sigproxy.errors.media import ModeRefused, UnknownFormat, UnknownSdk
from sigproxy.media.answer import answer
from sigproxy.media.formats import FORMATS
from sigproxy.media.sdks import SDKS
from tests.media.samples import CREDENTIAL, TURN

TIMES = {"ttl": 43200, "expires": 1700043200}


@pytest.mark.parametrize("sdk", SDKS)
def test_every_sdk_has_an_answer(sdk: str) -> None:
    status, body = answer(sdk, "auto", None, TURN, CREDENTIAL)
    assert status == 200
    assert list(SDKS[sdk].check(body)) == []


@pytest.mark.parametrize("sdk", SDKS)
def test_it_says_when_to_ask_again_where_that_does_no_harm(sdk: str) -> None:
    _, body = answer(sdk, "auto", None, TURN, CREDENTIAL)
    assert isinstance(body, dict | list)
    told = {key: body[key] for key in TIMES if key in body} if isinstance(body, dict) else {}
    assert told == (TIMES if SDKS[sdk].is_dictionary else {})


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_its_status(form: str) -> None:
    body: Any
    status, body = answer("webrtc", "auto", form, TURN, CREDENTIAL)
    assert status == (201 if form in ("twilio", "cloudflare") else 200)
    if form == "w3c":
        assert (status, body) == answer("webrtc", "auto", None, TURN, CREDENTIAL)
        assert body["expires"] == 1700043200


@pytest.mark.parametrize(
    ("arguments", "error", "token", "says"),
    [
        (("zoom", "auto", None), UnknownSdk, "unknown_sdk", "sdk is 'zoom'; it should be one of"),
        (("webrtc", "auto", "x"), UnknownFormat, "unknown_format", "'x'; it should be one of w3c"),
        (("agora", "auto", "w3c"), UnknownFormat, "unknown_format", "has one shape"),
        (("webrtc", "tcp", None), ModeRefused, "mode_refused", "one of auto, udp, tls"),
        (("acs-ios", "tls", None), ModeRefused, "mode_refused", "relays over UDP only: "),
        (("webrtc", "\x1b" * 99, None), ModeRefused, "mode_refused", r"'\x1b"),
    ],
)
def test_what_cannot_be_answered_is_the_clients_fault(
    arguments: tuple[str, str, str | None], error: type[RequestError], token: str, says: str
) -> None:
    with pytest.raises(error) as caught:
        answer(*arguments, TURN, CREDENTIAL)
    assert (caught.value.status, caught.value.token) == (400, token)
    assert says in caught.value.detail
    assert caught.value.detail.isprintable()


def test_a_mode_that_the_gateway_does_not_offer_is_refused() -> None:
    with pytest.raises(ModeRefused, match=r"modes in \[turn\] has auto, tls"):
        answer("webrtc", "udp", None, replace(TURN, modes=("auto", "tls")), CREDENTIAL)
