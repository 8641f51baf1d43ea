"""ZEGO: a list, one URL a server."""

import pytest

from sigproxy.media import zego
from tests.media.samples import CREDENTIAL, SECRET, TLS, TURN, UDP


def test_each_url_is_a_server() -> None:
    answer = zego.render("auto", TURN, CREDENTIAL)
    assert answer == [{"url": UDP, **SECRET}, {"url": TLS, **SECRET}]
    assert list(zego.check(answer)) == []


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({"url": UDP}, "", "'setTurnServer' failed. param error."),
        ([], "", "the list is empty"),
        ([5], "[0]", "it is a number"),
        ([{"url": "h:3478", **SECRET}], "[0].url", "is not a valid"),
        ([{"url": UDP, "username": "u"}], "[0].credential", "sends neither"),
    ],
)
def test_what_is_wrong_is_named(value: object, where: str, what: str) -> None:
    [found] = zego.check(value)
    assert (found.where, what in found.what) == (where, True)
