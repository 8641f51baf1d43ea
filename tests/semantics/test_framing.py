"""How a response's end is told: the matrix of RFC 9112, 6.3, toward either kind of client."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from sigproxy.errors import BadResponse
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.framing import Framing, of_response
from tests.strategies import fields as any_fields

TYPE: Field = (b"Content-Type", b"text/plain")
LENGTH: Field = (b"content-LENGTH", b"5")
CHUNKED: Field = (b"Transfer-Encoding", b"chunked")

HTTP_10, HTTP_11 = (1, 0), (1, 1)


def framed(
    fields: list[Field],
    *,
    chunked: bool = False,
    method: str = "GET",
    status: int = 200,
    version: tuple[int, int] = HTTP_11,
) -> tuple[Framing, list[Field]]:
    given = list(fields)
    answer = of_response(method, status, version, fields, chunked)
    assert fields == given  # the upstream's fields are not changed in place
    return answer


@pytest.mark.parametrize("version", [HTTP_10, HTTP_11])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("status", [200, 201, 206, 302, 404, 500, 599])
def test_a_length_is_kept(method: str, status: int, version: tuple[int, int]) -> None:
    found = framed([LENGTH, TYPE], method=method, status=status, version=version)
    assert found == (Framing.LENGTH, [LENGTH, TYPE])


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until-close"])
def test_a_body_without_length_is_chunked_for_http_1_1(chunked: bool) -> None:
    assert framed([TYPE], chunked=chunked) == (Framing.CHUNKED, [TYPE, CHUNKED])
    assert framed([TYPE], chunked=chunked, version=(1, 2)) == (Framing.CHUNKED, [TYPE, CHUNKED])


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until-close"])
def test_a_body_without_length_ends_with_the_connection_for_http_1_0(chunked: bool) -> None:
    assert framed([TYPE], chunked=chunked, version=HTTP_10) == (Framing.CLOSE, [TYPE])


@pytest.mark.parametrize(
    ("version", "framing", "fields"),
    [(HTTP_11, Framing.CHUNKED, [TYPE, CHUNKED]), (HTTP_10, Framing.CLOSE, [TYPE])],
    ids=["1.1", "1.0"],
)
def test_chunked_wins_over_a_length(
    version: tuple[int, int], framing: Framing, fields: list[Field]
) -> None:
    assert framed([LENGTH, TYPE], chunked=True, version=version) == (framing, fields)


@pytest.mark.parametrize("version", [HTTP_10, HTTP_11])
@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 200), ("HEAD", 404), ("GET", 304), ("HEAD", 304), ("POST", 304)],
)
def test_no_body_but_the_length_that_it_would_have(
    method: str, status: int, version: tuple[int, int]
) -> None:
    def found(fields: list[Field], *, chunked: bool = False) -> tuple[Framing, list[Field]]:
        return framed(fields, chunked=chunked, method=method, status=status, version=version)

    assert found([LENGTH, TYPE]) == (Framing.NONE, [LENGTH, TYPE])
    assert found([TYPE]) == (Framing.NONE, [TYPE])
    assert found([TYPE], chunked=True) == (Framing.NONE, [TYPE])


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_204_has_neither_body_nor_length(method: str, chunked: bool) -> None:
    """RFC 9110, 8.6: a server MUST NOT send Content-Length in a 204."""
    answer = framed([TYPE, (b"Content-Length", b"0")], chunked=chunked, method=method, status=204)
    assert answer == (Framing.NONE, [TYPE])


@pytest.mark.parametrize(("received", "sent"), [(b"005", b"5"), (b"00", b"0"), (b"0", b"0")])
def test_a_length_has_one_spelling(received: bytes, sent: bytes) -> None:
    fields: list[Field] = [TYPE, (b"content-length", received)]
    assert framed(fields, chunked=False) == (Framing.LENGTH, [TYPE, (b"content-length", sent)])


@pytest.mark.parametrize("values", [(b"5", b"5"), (b"5", b"6")], ids=["equal", "other"])
@pytest.mark.parametrize("chunked", [True, False])
def test_two_lengths_are_refused_even_if_equal(values: tuple[bytes, ...], chunked: bool) -> None:
    fields: list[Field] = [(b"Content-Length", value) for value in values]
    with pytest.raises(BadResponse) as error:
        framed(fields, chunked=chunked)
    assert error.value.detail == "the upstream sent more than one Content-Length"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("status", [200, 204, 206, 304, 500])
@pytest.mark.parametrize("version", [HTTP_10, HTTP_11])
@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("fields", [[], [LENGTH]], ids=["bare", "length"])
def test_law_fields_and_framing_agree(
    method: str, status: int, version: tuple[int, int], chunked: bool, fields: list[Field]
) -> None:
    framing, sent = framed(fields, chunked=chunked, method=method, status=status, version=version)
    names = {name.lower() for name, _ in sent}
    assert (b"transfer-encoding" in names) == (framing is Framing.CHUNKED)
    if framing is not Framing.NONE:
        assert (b"content-length" in names) == (framing is Framing.LENGTH)
    if version == HTTP_10:
        assert framing is not Framing.CHUNKED


@drawn(
    st.sampled_from(["GET", "HEAD"]),
    st.sampled_from([200, 204, 304, 404]),
    st.sampled_from([HTTP_10, HTTP_11]),
    any_fields,
    st.booleans(),
)
def test_law_any_response_is_framed_once_or_refused(
    method: str, status: int, version: tuple[int, int], received: Fields, chunked: bool
) -> None:
    try:
        framing, fields = of_response(method, status, version, f.end_to_end(received), chunked)
    except BadResponse:
        return
    lengths, codings = f.values(fields, b"content-length"), f.values(fields, b"transfer-encoding")
    assert len(lengths) + len(codings) <= 1
    assert bool(codings) == (framing is Framing.CHUNKED)
    assert bool(lengths) or framing is not Framing.LENGTH
