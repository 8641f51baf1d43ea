"""For how long a connection may be kept, and whether for one client alone."""

import pytest

from sigproxy.semantics.persistence import is_bound, promised_s


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([b""], None),
        ([b"timeout=5"], 4.0),
        ([b"timeout=5, max=100"], 4.0),
        ([b"max=100,timeout=5"], 4.0),
        ([b"max=100", b"timeout=5"], 4.0),
        ([b"Timeout = 5"], 4.0),
        ([b'timeout="5"'], 4.0),
        ([b"timeout=1"], 0.0),
        ([b"timeout=0"], 0.0),
        ([b"timeout=-1"], None),
        ([b"timeout=5s"], None),
        ([b"timeout=" + b"9" * 400], None),
        ([b"xtimeout=5"], None),
    ],
)
def test_promised_s(values: list[bytes], expected: float | None) -> None:
    assert promised_s(tuple((b"Keep-Alive", value) for value in values)) == expected


@pytest.mark.parametrize(
    ("request_values", "response_values", "expected"),
    [
        ([], [], False),
        ([b"Bearer NTLM"], [], False),
        ([b"Basic x"], [b"Basic realm=x"], False),
        ([b"NTLM TlRMTVNTUAAB"], [], True),
        ([b"negotiate YII="], [], True),
        ([b"Kerberos x"], [], True),
        ([b"NTLMv9 x"], [], False),
        ([], [b"NTLM"], True),
        ([], [b"Basic realm=x", b"Negotiate"], True),
        ([], [b"Basic realm=x, NTLM"], True),
        ([], [b'Digest realm="NTLM"'], False),
    ],
)
def test_is_bound(
    request_values: list[bytes], response_values: list[bytes], expected: bool
) -> None:
    request = tuple((b"authorization", value) for value in request_values)
    response = tuple((b"WWW-Authenticate", value) for value in response_values)
    assert is_bound(request, response) is expected
