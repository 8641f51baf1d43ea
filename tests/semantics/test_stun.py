"""STUN told from HTTP by its header, read and written as RFC 5769 has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import stun
from sigproxy.semantics.stun import Address, Attribute, Kind, Method

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
# RFC 5769, 2.1.
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
# RFC 5769, 2.2.
RESPONSE = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
# RFC 5769, 2.3.
RESPONSE_V6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c"
)


def test_the_rfcs_request_is_read() -> None:
    message = stun.decode(REQUEST)
    assert (message.method, message.kind) == (Method.BINDING, Kind.REQUEST)
    assert message.transaction == TRANSACTION
    assert message.attributes[Attribute.USERNAME] == b"evtj:h6vY"
    assert stun.is_signed(REQUEST, PASSWORD)
    assert not stun.is_signed(REQUEST, b"another")


@pytest.mark.parametrize(
    ("data", "mapped"),
    [
        (RESPONSE, Address.of("192.0.2.1", 32853)),
        (RESPONSE_V6, Address.of("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
    ],
)
def test_the_rfcs_responses_are_read(data: bytes, mapped: Address) -> None:
    message = stun.decode(data)
    assert (message.method, message.kind) == (Method.BINDING, Kind.SUCCESS)
    assert message.address(Attribute.XOR_MAPPED_ADDRESS) == mapped
    assert stun.is_signed(data, PASSWORD)
    assert stun.xor_address(mapped, TRANSACTION) == message.attributes[Attribute.XOR_MAPPED_ADDRESS]


def test_a_response_is_written_as_the_rfc_has_it() -> None:
    """Of the examples this one alone is padded with zeros, as we pad."""
    attributes = [
        (Attribute.SOFTWARE, b"test vector"),
        (Attribute.XOR_MAPPED_ADDRESS, stun.decode(RESPONSE).attributes[0x0020]),
    ]
    written = stun.encode(Method.BINDING, Kind.SUCCESS, TRANSACTION, attributes, PASSWORD)
    assert stun.decode(written).attributes == {
        number: value
        for number, value in stun.decode(RESPONSE).attributes.items()
        if number != Attribute.MESSAGE_INTEGRITY
    } | {Attribute.MESSAGE_INTEGRITY: stun.decode(written).attributes[0x0008]}
    assert stun.is_signed(written, PASSWORD)


def test_the_rfcs_request_with_a_long_term_credential() -> None:
    """RFC 5769, 2.4; its user's name is outside ASCII."""
    data = bytes.fromhex(
        "000100602112a44278ad3433c6ad72c029da412e"
        "00060012e3839ee38388e383aae38383e382afe382b90000"
        "0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341"
        "0014000b6578616d706c652e6f726700"
        "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
    )
    message = stun.decode(data)
    name, realm = (
        message.attributes[each].decode() for each in (Attribute.USERNAME, Attribute.REALM)
    )
    assert stun.is_signed(data, stun.long_term_key(name, realm, "TheMatrIX"))


@given(
    st.sampled_from(Method),
    st.sampled_from(Kind),
    st.binary(min_size=12, max_size=12),
    st.dictionaries(st.sampled_from([0x0006, 0x0013, 0x0014, 0x8022]), st.binary(max_size=50)),
    st.one_of(st.none(), st.binary(min_size=1)),
)
def test_law_what_is_written_is_read(
    method: Method, kind: Kind, transaction: bytes, attributes: dict[int, bytes], key: bytes | None
) -> None:
    data = stun.encode(method, kind, transaction, attributes.items(), key)
    message = stun.decode(data)
    assert (message.method, message.kind, message.transaction) == (method, kind, transaction)
    assert attributes.items() <= message.attributes.items()
    assert stun.size(data) == len(data)
    assert key is None or stun.is_signed(data, key)


@given(st.binary(max_size=200))
def test_law_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    for candidate in (data, REQUEST[:8] + data, REQUEST + data):
        try:
            stun.decode(candidate)
        except ValueError:
            continue
        assert stun.is_header(candidate)


def test_a_changed_byte_is_found() -> None:
    changed = REQUEST[:30] + bytes([REQUEST[30] ^ 1]) + REQUEST[31:]
    with pytest.raises(ValueError, match="fingerprint"):
        stun.decode(changed)
    assert not stun.is_signed(changed, PASSWORD)


def test_an_error_is_a_code_and_a_phrase() -> None:
    data = stun.encode(
        Method.ALLOCATE,
        Kind.ERROR,
        TRANSACTION,
        [(Attribute.ERROR_CODE, b"\0\0\x04\x01Unauthorized")],
    )
    assert stun.decode(data).error == (401, "Unauthorized")


# --- told from HTTP ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        b"\x04" + REQUEST[1:],
        REQUEST[:3] + b"\x59" + REQUEST[4:],  # no multiple of four
        REQUEST[:4] + b"\x21\x12\xa4\x43" + REQUEST[8:],
    ],
)
def test_what_is_not_as_it_must_be_is_no_header(broken: bytes) -> None:
    assert stun.is_header(REQUEST)
    assert not stun.is_header(broken)


@given(st.binary(min_size=1))
def test_law_no_request_of_http_begins_so(data: bytes) -> None:
    if data[:1].isalpha() or data[:1] in (b"\r", b"\n"):
        assert not stun.may_begin(data)
