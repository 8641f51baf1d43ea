"""Preflights: answered here, with what the browser asked for."""

import pytest

from sigproxy.policies.cors import is_preflight
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field
from tests.policies.test_cors import ACAC, ACAO, ALLOWED, ANY, APP, LISTED


@pytest.mark.parametrize(
    ("method", "names", "preflight"),
    [
        ("OPTIONS", ["Origin", "Access-Control-Request-Method"], True),
        ("OPTIONS", ["origin", "access-control-request-method"], True),
        ("OPTIONS", ["Origin"], False),
        ("OPTIONS", ["Access-Control-Request-Method"], False),
        ("OPTIONS", ["Origin", "Access-Control-Request-Headers"], False),
        ("GET", ["Origin", "Access-Control-Request-Method"], False),
        ("options", ["Origin", "Access-Control-Request-Method"], False),
    ],
)
def test_is_preflight(method: str, names: list[str], preflight: bool) -> None:
    assert is_preflight(method, tuple((name.encode(), b"GET") for name in names)) is preflight


def preflight(method: bytes, *fields: Field) -> list[Field]:
    asked = ((b"Origin", APP), (b"Access-Control-Request-Method", method), *fields)
    return LISTED.judge(asked).preflight_fields(asked)


USUAL = b"GET, HEAD, POST, PUT, PATCH, DELETE"
VARY_ALL: Field = (
    b"Vary",
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
)


def test_the_preflight_of_acs_before_it_hangs_up() -> None:
    asked = (b"access-control-request-headers", b"authorization,x-skypetoken")
    assert preflight(b"DELETE", asked) == [
        *ALLOWED,
        (b"Access-Control-Allow-Methods", USUAL),
        (b"Access-Control-Allow-Headers", b"authorization, x-skypetoken"),
        (b"Access-Control-Max-Age", b"7200"),
        VARY_ALL,
    ]


@pytest.mark.parametrize("method", USUAL.split(b", "))
def test_the_usual_methods_are_told_without_repetition(method: bytes) -> None:
    answer = preflight(method)
    assert f.values(answer, b"access-control-allow-methods") == [USUAL]
    assert f.values(answer, b"access-control-allow-headers") == []


@pytest.mark.parametrize("method", [b"PROPFIND", b"patch", b"GE", b"X-Y"])
def test_other_methods_are_reflected(method: bytes) -> None:
    assert f.values(preflight(method), b"access-control-allow-methods") == [USUAL + b", " + method]


def test_no_empty_name_is_reflected() -> None:
    answer = preflight(b"", (b"Access-Control-Request-Headers", b" , apikey,,"))
    assert f.values(answer, b"access-control-allow-methods") == [USUAL]
    assert f.values(answer, b"access-control-allow-headers") == [b"apikey"]


@pytest.mark.parametrize(("value", "told"), [(b"true", [b"true"]), (b"false", []), (b"", [])])
def test_private_network_access(value: bytes, told: list[bytes]) -> None:
    answer = preflight(b"GET", (b"Access-Control-Request-Private-Network", value))
    assert f.values(answer, b"access-control-allow-private-network") == told


def test_a_preflight_where_any_origin_may_call_names_it_too() -> None:
    asked = ((b"Origin", b"null"), (b"Access-Control-Request-Method", b"GET"))
    answer = ANY.judge(asked).preflight_fields(asked)
    assert answer[:2] == [(ACAO, b"null"), (ACAC, b"true")]
